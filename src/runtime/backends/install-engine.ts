import { spawn, type SpawnOptionsWithoutStdio } from 'node:child_process';
import { mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { BackendError } from './backend-error.ts';
import { engineFolder, engineVersions } from './engine-folder.ts';

export interface InstallOptions {
  /** Where to, by default the folder in clipx's cache that `selectEngine` looks into. */
  readonly folder?: string;
  /** Told each step in a few words. */
  readonly onProgress?: (step: string) => void;
}

export interface InstalledEngine {
  readonly folder: string;
  readonly version: string;
}

/**
 * Installs a native engine into a folder of its own, through npm, and opens it once. Replaces what is there only when the new one
 * works. Throws BackendError `install-failed` with npm's own words where npm fails, for example without a network.
 */
export async function installEngine(engine: 'onnxruntime', options: InstallOptions = {}): Promise<InstalledEngine> {
  const folder = options.folder ?? engineFolder(engine);
  const progress = options.onProgress ?? ((): void => {});
  const staging = `${folder}.installing-${process.pid}`;
  try {
    await mkdir(staging, { recursive: true });
    await writeFile(join(staging, 'package.json'), JSON.stringify({ name: `clipx-engine-${engine}`, private: true }));
    progress(`npm installs onnxruntime-node ${engineVersions.onnxruntime}`);
    await npmInstall(staging, `onnxruntime-node@${engineVersions.onnxruntime}`);
    progress('removing the builds for other systems');
    await removeOtherPlatforms(join(staging, 'node_modules', 'onnxruntime-node', 'bin'));
    progress('opening it');
    const version = await openedVersion(staging);
    await rm(folder, { recursive: true, force: true });
    await rename(staging, folder);
    return { folder, version };
  } catch (error) {
    if (error instanceof BackendError && error.code === 'install-failed') throw error;
    const message = error instanceof Error ? error.message : String(error);
    throw new BackendError('install-failed', 'world', `onnxruntime-node was not installed: ${message}`, {
      cause: error,
    });
  } finally {
    await rm(staging, { recursive: true, force: true });
  }
}

/**
 * `--ignore-scripts`: the package's own script fetches CUDA files that the CPU does not need and fails without a network to them.
 * npm's variables of an outer npm would send the install elsewhere (`npm_config_global`), so they do not go along.
 */
async function npmInstall(folder: string, specifier: string): Promise<void> {
  const environment = Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !name.toLowerCase().startsWith('npm_')),
  );
  const words = ['install', '--ignore-scripts', '--no-audit', '--no-fund', '--prefix', folder, specifier];
  const isWindows = process.platform === 'win32';
  const { code, errors } = await runProcess(isWindows ? 'npm.cmd' : 'npm', words, {
    cwd: folder,
    env: environment,
    shell: isWindows,
  });
  if (code === 0) return;
  const own = errors.split('\n').filter((line) => line.startsWith('npm error'));
  const reason = own.slice(0, 4).map((line) => line.slice('npm error'.length).trim());
  throw new BackendError(
    'install-failed',
    'world',
    `onnxruntime-node was not installed: ${reason.join(' ') || `npm ended with ${code}`}`,
  );
}

/** Opens the native library in a process of its own: one that crashes or stays open must not be ours. */
async function openedVersion(folder: string): Promise<string> {
  const program = "process.stdout.write(require('onnxruntime-node').env.versions.node)";
  const { code, output, errors } = await runProcess(process.execPath, ['-e', program], { cwd: folder });
  if (code === 0 && output !== '') return output;
  const reason = errors.split('\n').find((line) => /^\w*Error\b/.test(line)) ?? `node ended with ${code}`;
  throw new BackendError('install-failed', 'world', `onnxruntime-node was installed but does not load: ${reason}`);
}

interface ProcessResult {
  readonly code: number | null;
  readonly output: string;
  /** The end of what it said on stderr. */
  readonly errors: string;
}

async function runProcess(
  command: string,
  words: readonly string[],
  options: SpawnOptionsWithoutStdio,
): Promise<ProcessResult> {
  const child = spawn(command, words, { ...options, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  let errors = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    output += chunk;
  });
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    errors = (errors + chunk).slice(-4000);
  });
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  return { code, output, errors };
}

/** 291 MB become 46: `bin/napi-v6/<system>/<processor>`. */
async function removeOtherPlatforms(bin: string): Promise<void> {
  for (const api of await readdir(bin)) {
    await keepOnly(join(bin, api), process.platform);
    await keepOnly(join(bin, api, process.platform), process.arch);
  }
}

async function keepOnly(folder: string, name: string): Promise<void> {
  for (const entry of await readdir(folder)) {
    if (entry !== name) await rm(join(folder, entry), { recursive: true });
  }
}
