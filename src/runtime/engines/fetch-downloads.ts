import { createHash } from 'node:crypto';
import { createReadStream, existsSync } from 'node:fs';
import { mkdir, readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import process from 'node:process';
import { pipeline } from 'node:stream/promises';
import { BackendError } from '../backends/backend-error.ts';
import type { OnInstallProgress } from './install-progress.ts';
import { npmTarball } from './npm.ts';
import { findPip, pipWheel, type Pip } from './pip.ts';
import type { Download } from './recipe.ts';
import { refuseInterrupted } from './run-process.ts';

export interface FetchOptions {
  /** Where fetched files are kept, so that a second installation needs no network. */
  readonly folder: string;
  /** A folder that has the files already: nothing is fetched then. */
  readonly from?: string | undefined;
  /** Found by the caller; else looked for when the first wheel is fetched. */
  readonly pip?: Pip | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress: OnInstallProgress;
}

/** The files that have to be fetched: not kept yet, and no folder given that has them. */
export function missingDownloads(
  downloads: readonly Download[],
  options: Pick<FetchOptions, 'folder' | 'from'>,
): readonly Download[] {
  return options.from === undefined ? downloads.filter(({ file }) => !existsSync(join(options.folder, file))) : [];
}

/**
 * The paths of the files in their order, each with the digest that it should have. One that is kept is used again; one that is fetched
 * is kept only when it is whole, so an interruption costs the file that was under way. Throws BackendError `digest-mismatch`,
 * `download-failed`, `network-unreachable`, `tool-missing`, `interrupted`.
 */
export async function fetchDownloads(
  downloads: readonly Download[],
  options: FetchOptions,
): Promise<readonly string[]> {
  if (options.from !== undefined) return await downloadsFrom(options.from, downloads, options);
  await mkdir(options.folder, { recursive: true });
  const paths: string[] = [];
  for (const download of downloads) {
    const kept = join(options.folder, download.file);
    if (!(await isWhole(kept, download, options))) {
      await rm(kept, { force: true });
      await fetchOne(download, kept, options);
    }
    paths.push(kept);
  }
  return paths;
}

/** All names that are missing are told at once: a folder is filled by hand. */
async function downloadsFrom(
  folder: string,
  downloads: readonly Download[],
  options: FetchOptions,
): Promise<readonly string[]> {
  const missing = downloads.filter(({ file }) => !existsSync(join(folder, file)));
  if (missing.length > 0) {
    throw new BackendError(
      'download-failed',
      'user',
      `${folder} does not hold ${missing.map(({ file }) => file).join(', ')}`,
      { help: `Elsewhere, ${missing.map(commandFor).join(' and ')} fetch them.` },
    );
  }
  const paths: string[] = [];
  for (const download of downloads) {
    const path = join(folder, download.file);
    if (!(await isWhole(path, download, options)))
      throw mismatch(download, await sizeOf(path), 'It was left as it is.');
    paths.push(path);
  }
  return paths;
}

function commandFor({ kind, request }: Download): string {
  return kind === 'tarball'
    ? `\`npm pack ${request}\``
    : `\`pip download --no-deps --only-binary=:all: --python-version 3.11 --platform manylinux2014_x86_64 ${request}\``;
}

async function fetchOne(download: Download, kept: string, options: FetchOptions): Promise<void> {
  const task = `download ${download.request}`;
  const tell = (done: number): void =>
    options.onProgress({ task, done: Math.min(done, download.bytes), total: download.bytes, unit: 'bytes' });
  const staging = `${options.folder}.fetching-${process.pid}`;
  tell(0);
  // npm shows its file only once it is whole; pip's grows in the folder of temporary files that it is given.
  const watching = setInterval(() => {
    void growingSize(staging).then((bytes) => bytes > 0 && bytes < download.bytes && tell(bytes));
  }, 200);
  try {
    await mkdir(staging, { recursive: true });
    if (download.kind === 'tarball') await npmTarball(download.request, staging, options.signal);
    else await pipWheel(options.pip ?? (await findPip(options.signal)), download.request, staging, options.signal);
    const path = join(staging, download.file);
    if (!existsSync(path)) {
      const found = (await readdir(staging)).filter((file) => /\.(whl|tgz)$/.test(file));
      throw new BackendError(
        'download-failed',
        'world',
        `${download.request} came as ${found.join(', ') || 'no file'}, expected ${download.file}`,
      );
    }
    clearInterval(watching);
    if (!(await isWhole(path, download, options))) {
      throw mismatch(
        download,
        await sizeOf(path),
        'It was removed. Run the command again; if it stays so, the registry serves another file.',
      );
    }
    await rename(path, kept);
    tell(download.bytes);
  } finally {
    clearInterval(watching);
    await rm(staging, { recursive: true, force: true });
  }
}

/** Bytes of the largest file under a folder, for what is being written. */
async function growingSize(folder: string): Promise<number> {
  try {
    const entries = await readdir(folder, { recursive: true, withFileTypes: true });
    const sizes = entries.filter((it) => it.isFile()).map((it) => sizeOf(join(it.parentPath, it.name)));
    return Math.max(0, ...(await Promise.all(sizes)));
  } catch {
    return 0;
  }
}

async function sizeOf(path: string): Promise<number> {
  return await stat(path).then(
    ({ size }) => size,
    () => 0,
  );
}

/** There, and the very file. The size tells most that are not without reading them. */
async function isWhole(path: string, download: Download, { signal }: Pick<FetchOptions, 'signal'>): Promise<boolean> {
  refuseInterrupted(signal);
  if ((await sizeOf(path)) !== download.bytes) return false;
  const hash = createHash('sha256');
  await pipeline(createReadStream(path, { highWaterMark: 2 ** 20 }), hash);
  refuseInterrupted(signal);
  return hash.digest('hex') === download.sha256;
}

function mismatch(download: Download, bytes: number, help: string): BackendError {
  return new BackendError(
    'digest-mismatch',
    'world',
    `${download.file} is not the file that was tested: expected ${download.bytes} bytes with sha256 ${download.sha256}, found ${
      bytes === download.bytes ? 'the same size with another digest' : `${bytes} bytes`
    }`,
    { help },
  );
}
