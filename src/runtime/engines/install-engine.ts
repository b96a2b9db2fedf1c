import { existsSync } from 'node:fs';
import { mkdir, readdir, rename, rm, statfs, symlink, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import process from 'node:process';
import { BackendError } from '../backends/backend-error.ts';
import { engineFolder, enginesFolder, type EngineName } from '../backends/engine-folder.ts';
import { formatBytes } from '../records/report-format.ts';
import { buildAddon, findCompiler, type Compiler } from './build-addon.ts';
import { engineRecordFile, folderBytes, type EngineRecord } from './engine-record.ts';
import { fetchDownloads, missingDownloads } from './fetch-downloads.ts';
import { whyNoGpu } from './gpu-driver.ts';
import type { OnInstallProgress } from './install-progress.ts';
import { findPip } from './pip.ts';
import type { EngineCheck, EngineRecipe } from './recipe.ts';
import { recipeOf } from './recipes.ts';
import { refuseInterrupted } from './run-process.ts';
import { tryEngine } from './try-engine.ts';
import { unpack } from './unpack.ts';

export interface InstallOptions {
  /** Where to, by default the folder in clipx's cache that `selectEngine` looks into. */
  readonly folder?: string;
  /** A folder that has the files already. */
  readonly from?: string | undefined;
  /** Aborted: what is under way is ended and removed. */
  readonly signal?: AbortSignal;
  readonly onProgress?: OnInstallProgress;
  /** Bytes free on the disk of a folder: for tests. */
  readonly freeBytes?: (folder: string) => Promise<number>;
}

export interface InstalledEngine {
  readonly folder: string;
  readonly record: EngineRecord;
  /** What the person should know although all went well. */
  readonly remarks: readonly string[];
}

/**
 * Puts a native engine together in a folder of its own: fetches its files, unpacks what is needed, compiles, has it compute something.
 * Replaces what is there only when the new one works, by a rename. Throws BackendError with the reason and the way out.
 */
export async function installEngine(engine: EngineName, options: InstallOptions = {}): Promise<InstalledEngine> {
  return await installRecipe(recipeOf(engine), options);
}

/** As `installEngine`, with any recipe. */
export async function installRecipe(recipe: EngineRecipe, options: InstallOptions = {}): Promise<InstalledEngine> {
  const folder = options.folder ?? engineFolder(recipe.engine);
  const staging = `${folder}.installing-${process.pid}`;
  const { signal } = options;
  try {
    refuseInterrupted(signal);
    await mkdir(dirname(folder), { recursive: true });
    await removeLeftBehind(dirname(folder));
    const record = await putTogether(recipe, folder, staging, options);
    refuseInterrupted(signal);
    await replace(folder, staging);
    return { folder, record, remarks: remarksOn(recipe, record) };
  } catch (error) {
    refuseInterrupted(signal);
    throw asBackendError(error, recipe);
  } finally {
    await rm(staging, { recursive: true, force: true });
  }
}

/** Where fetched files are kept. */
export function downloadsFolder(): string {
  return join(enginesFolder(), 'downloads');
}

async function putTogether(
  recipe: EngineRecipe,
  folder: string,
  staging: string,
  options: InstallOptions,
): Promise<EngineRecord> {
  const { signal, from } = options;
  const progress = options.onProgress ?? ((): void => {});
  const step = async <T>(task: string, work: () => Promise<T>): Promise<T> => {
    progress({ task, done: 0, total: 1, unit: 'step' });
    const result = await work();
    progress({ task, done: 1, total: 1, unit: 'step' });
    return result;
  };
  const downloads = join(dirname(folder), basename(downloadsFolder()));
  // What can be missing is looked for before anything large is fetched.
  const missing = missingDownloads(recipe.downloads, { folder: downloads, from });
  const compiler = recipe.build === undefined ? undefined : await findCompiler(signal);
  const pip = missing.some(({ kind }) => kind === 'wheel') ? await findPip(signal) : undefined;
  const missingBytes = missing.reduce((sum, { bytes }) => sum + bytes, 0);
  await requireSpace(recipe, missingBytes, dirname(folder), options.freeBytes ?? freeBytes);

  const archives = await fetchDownloads(recipe.downloads, {
    folder: downloads,
    from,
    pip,
    signal,
    onProgress: progress,
  });
  await mkdir(staging, { recursive: true });
  await writeFile(
    join(staging, 'package.json'),
    `${JSON.stringify({ name: `clipx-engine-${recipe.engine}`, private: true })}\n`,
  );
  for (const [at, download] of recipe.downloads.entries()) {
    await unpack(archives[at] ?? '', download, staging, { signal, onProgress: progress });
  }
  for (const [link, target] of Object.entries(recipe.links)) await symlink(target, join(staging, link));
  const { build } = recipe;
  if (build !== undefined && compiler !== undefined) {
    await step(`compile with ${compiler.command}`, () => buildAddon(build, staging, compiler, signal));
  }
  for (const path of recipe.leftovers) await rm(join(staging, path), { recursive: true, force: true });
  const check = await step('try it', () => tryEngine(recipe, staging, signal));
  const record = recordOf(recipe, check, compiler, await folderBytes(staging));
  await writeFile(join(staging, engineRecordFile), `${JSON.stringify(record, undefined, 2)}\n`);
  return record;
}

function recordOf(
  recipe: EngineRecipe,
  check: EngineCheck,
  compiler: Compiler | undefined,
  bytes: number,
): EngineRecord {
  return {
    schema: 'clipx.engine-record/1',
    engine: recipe.engine,
    package: recipe.package,
    library: { name: recipe.library, version: check.version },
    device: check.device,
    checks: check.checks,
    downloads: recipe.downloads.map(({ file, bytes, sha256 }) => ({ file, bytes, sha256 })),
    ...(compiler === undefined ? {} : { compiler: compiler.version }),
    node: process.versions.node,
    system: `${process.platform} ${process.arch}`,
    bytes,
    installed: new Date().toISOString(),
  };
}

function remarksOn(recipe: EngineRecipe, record: EngineRecord): readonly string[] {
  return recipe.wantsGpu && record.device === 'cpu' ? [whyNoGpu()] : [];
}

/** The new folder in place of the old one. Where that fails in between, the old one comes back. */
async function replace(folder: string, staging: string): Promise<void> {
  const old = `${folder}.replaced-${process.pid}`;
  const hadOne = existsSync(folder);
  if (hadOne) await rename(folder, old);
  try {
    await rename(staging, folder);
  } catch (error) {
    if (hadOne) await rename(old, folder);
    throw error;
  }
  await rm(old, { recursive: true, force: true });
}

/** Unfinished folders of processes that are gone: killed, or without power. A replaced engine comes back where the new one is missing. */
async function removeLeftBehind(parent: string): Promise<void> {
  for (const entry of await readdir(parent)) {
    const [, original, kind, processId] = /^(.+)\.(installing|fetching|replaced)-(\d+)$/.exec(entry) ?? [];
    if (original === undefined || isAlive(Number(processId))) continue;
    if (kind === 'replaced' && !existsSync(join(parent, original))) {
      await rename(join(parent, entry), join(parent, original));
    } else await rm(join(parent, entry), { recursive: true, force: true });
  }
}

function isAlive(processId: number): boolean {
  try {
    process.kill(processId, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

async function freeBytes(folder: string): Promise<number> {
  const { bavail, bsize } = await statfs(folder);
  return bavail * bsize;
}

/** Twice what is fetched: pip writes a file, and a copy of it in its own cache. */
async function requireSpace(
  recipe: EngineRecipe,
  missingBytes: number,
  folder: string,
  free: (folder: string) => Promise<number>,
): Promise<void> {
  const needed = recipe.unpackedBytes + 2 * missingBytes;
  const there = await free(folder);
  if (there >= needed) return;
  throw new BackendError(
    'disk-full',
    'world',
    `${recipe.engine} needs ${formatBytes(needed)} in ${folder}, where ${formatBytes(there)} are free`,
    { help: 'Free some space, or name a folder on another disk by CLIPX_ENGINES.' },
  );
}

function asBackendError(error: unknown, recipe: EngineRecipe): BackendError {
  if (error instanceof BackendError) return error;
  const message = error instanceof Error ? error.message : String(error);
  const isFull = error instanceof Error && 'code' in error && (error.code === 'ENOSPC' || error.code === 'EDQUOT');
  if (isFull) {
    return new BackendError('disk-full', 'world', `the disk became full while ${recipe.engine} was unpacked`, {
      cause: error,
      help: 'Free some space, or name a folder on another disk by CLIPX_ENGINES.',
    });
  }
  return new BackendError('install-failed', 'world', `${recipe.engine} was not installed: ${message}`, {
    cause: error,
  });
}
