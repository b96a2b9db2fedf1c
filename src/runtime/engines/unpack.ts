import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { dirname, resolve, sep } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import tar from 'tar-stream';
import { openPromise as openZip } from 'yauzl';
import type { InstallProgress } from './install-progress.ts';
import type { Download } from './recipe.ts';

export interface UnpackOptions {
  readonly signal?: AbortSignal | undefined;
  readonly onProgress: (progress: InstallProgress) => void;
}

/**
 * Writes the members of an archive that the recipe wants into a folder, as streams: one of them has 978 MB. The archive is one whose
 * digest is known. Throws what the system says, and the signal's reason.
 */
export async function unpack(
  archive: string,
  download: Download,
  folder: string,
  options: UnpackOptions,
): Promise<void> {
  const task = `unpack ${download.request}`;
  if (download.kind === 'wheel') return await unpackWheel(archive, download, folder, task, options);
  options.onProgress({ task, done: 0, total: 1, unit: 'step' });
  await unpackTarball(archive, download, folder, options.signal);
  options.onProgress({ task, done: 1, total: 1, unit: 'step' });
}

async function unpackWheel(
  archive: string,
  { place }: Download,
  folder: string,
  task: string,
  { signal, onProgress }: UnpackOptions,
): Promise<void> {
  const zip = await openZip(archive, { autoClose: false });
  try {
    const wanted = [];
    for await (const entry of zip.eachEntry()) {
      const target = place(entry.fileName);
      if (target !== undefined && !entry.fileName.endsWith('/')) wanted.push({ entry, target });
    }
    const total = wanted.reduce((sum, { entry }) => sum + entry.uncompressedSize, 0);
    let done = 0;
    onProgress({ task, done, total, unit: 'bytes' });
    for (const { entry, target } of wanted) {
      const source = await zip.openReadStreamPromise(entry);
      const executable = isExecutable(entry.externalFileAttributes >>> 16);
      await writeMember(source, inside(folder, target), executable, signal, (bytes) => {
        done += bytes;
        onProgress({ task, done, total, unit: 'bytes' });
      });
    }
  } finally {
    zip.close();
  }
}

async function unpackTarball(
  archive: string,
  { place }: Download,
  folder: string,
  signal: AbortSignal | undefined,
): Promise<void> {
  const members = tar.extract();
  const running = pipeline(createReadStream(archive), createGunzip(), members, signal === undefined ? {} : { signal });
  // Awaited below; until then a failure must not count as unhandled.
  running.catch(() => undefined);
  for await (const entry of members) {
    const target = entry.header.type === 'file' ? place(entry.header.name) : undefined;
    if (target === undefined) entry.resume();
    else await writeMember(entry, inside(folder, target), isExecutable(entry.header.mode ?? 0), signal);
  }
  await running;
}

async function writeMember(
  source: Readable,
  path: string,
  executable: boolean,
  signal: AbortSignal | undefined,
  onBytes: (bytes: number) => void = () => undefined,
): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  async function* counted(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    for await (const chunk of chunks) {
      onBytes(chunk.byteLength);
      yield chunk;
    }
  }
  const file = createWriteStream(path, { mode: executable ? 0o755 : 0o644 });
  await pipeline(source, counted, file, signal === undefined ? {} : { signal });
}

const isExecutable = (mode: number): boolean => (mode & 0o111) !== 0;

/** The path in the folder; a name that would leave it is refused. */
function inside(folder: string, target: string): string {
  const path = resolve(folder, target);
  if (!path.startsWith(resolve(folder) + sep)) throw new Error(`${target} would be written outside ${folder}`);
  return path;
}
