/** Finds and loads the native half of `@tensorflow/tfjs-node`. Its JavaScript half is not used: the compiler writes whole graphs itself. */
import { existsSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import process from 'node:process';
import { BackendError } from '../backend-error.ts';
import { engineFolder } from '../engine-folder.ts';

/** The functions of `tfjs_binding.node` that are used, as its `binding/tfjs_binding.cc` defines them. Every call blocks. */
export interface TensorflowAddon {
  /** Version of libtensorflow. */
  readonly TF_Version: string;
  isUsingGpuDevice(): boolean;
  createTensor(shape: readonly number[], dtype: number, data: ArrayBufferView): number;
  /** A copy. There is no case for uint8 in it: such tensors are cast first. */
  tensorDataSync(id: number): Float32Array | Int32Array | Uint8Array;
  deleteTensor(id: number): void;
  executeOp(name: string, attributes: readonly object[], inputs: readonly number[], results: number): AddonTensor[];
  loadSavedModel(folder: string, tags: string): number;
  /** Names of feeds and fetches are joined by commas, each `node:output`. */
  runSavedModel(model: number, inputs: readonly number[], feeds: string, fetches: string): AddonTensor[];
  deleteSavedModel(model: number): void;
  getNumOfTensors(): number;
  readonly TF_ATTR_TYPE: number;
  readonly TF_ATTR_BOOL: number;
}

export interface AddonTensor {
  readonly id: number;
  readonly shape: readonly number[];
  readonly dtype: number;
}

export interface AddonOptions {
  readonly threads: number;
  /** A folder whose `node_modules` holds the package; nothing else is then tried. `CLIPX_TFJS_FOLDER` says the same. */
  readonly folder?: string;
}

const packages = ['@tensorflow/tfjs-node-gpu', '@tensorflow/tfjs-node'] as const;

/**
 * Loads the addon: from the folder given, else that of `clipx engine install`, else the package beside the project or clipx, as its own
 * install script left it. Throws BackendError `engine-unavailable` with the reason where there is none or it does not load.
 */
export function loadAddon({ threads, folder }: AddonOptions): TensorflowAddon {
  const failures: string[] = [];
  for (const { name, home } of installedPackages(folder)) {
    const file = addonFile(home);
    if (file === undefined) {
      failures.push(`${name} has no native library for this Node: its install script did not run`);
      continue;
    }
    setEnvironment(threads, name);
    try {
      return createRequire(import.meta.url)(file) as TensorflowAddon;
    } catch (error) {
      failures.push(error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error));
    }
  }
  const [failure = 'it is not installed'] = failures;
  throw new BackendError('engine-unavailable', 'world', `@tensorflow/tfjs-node does not load: ${failure}`);
}

/** The file that `loadAddon` would try first, if there is one. */
export function findAddon(folder?: string): string | undefined {
  return installedPackages(folder).flatMap(({ home }) => addonFile(home) ?? [])[0];
}

interface InstalledPackage {
  readonly name: string;
  readonly home: string;
}

function installedPackages(folder = namedFolder()): InstalledPackage[] {
  const places =
    folder === undefined
      ? [engineFolder('tfjs-gpu'), engineFolder('tfjs'), process.cwd(), import.meta.dirname]
      : [folder];
  return places.flatMap((place) =>
    packages.flatMap((name) => {
      const home = packageFolder(place, name);
      return home === undefined ? [] : [{ name, home }];
    }),
  );
}

function namedFolder(): string | undefined {
  const named = process.env['CLIPX_TFJS_FOLDER'];
  return named === '' ? undefined : named;
}

function packageFolder(place: string, name: string): string | undefined {
  try {
    return dirname(createRequire(join(place, 'package.json')).resolve(`${name}/package.json`));
  } catch {
    return undefined;
  }
}

/** `lib/napi-v<n>/tfjs_binding.node` for the newest Node-API that this Node has. */
function addonFile(home: string): string | undefined {
  const library = join(home, 'lib');
  const newest = Number(process.versions['napi'] ?? 0);
  const built = existsSync(library) ? readdirSync(library) : [];
  const versions = built.flatMap((entry) => {
    const version = Number(/^napi-v(\d+)$/.exec(entry)?.[1] ?? Number.NaN);
    return version <= newest ? [version] : [];
  });
  return versions
    .sort((a, b) => b - a)
    .map((version) => join(library, `napi-v${version}`, 'tfjs_binding.node'))
    .find((file) => existsSync(file));
}

/**
 * TensorFlow makes its two pools of threads once a process, from the environment. In a worker thread this reaches the C library only
 * if the worker shares the environment (`SHARE_ENV`). Two threads between kernels: 5 to 13 % faster on programs of two towers.
 */
function setEnvironment(threads: number, name: string): void {
  process.env['TF_NUM_INTRAOP_THREADS'] = String(threads);
  process.env['TF_NUM_INTEROP_THREADS'] = String(Math.min(threads, 2));
  process.env['TF_ENABLE_ONEDNN_OPTS'] ??= '1';
  // The library for GPUs registers the factories of CUDA twice while it loads, and calls that an error. What fails later is thrown.
  process.env['TF_CPP_MIN_LOG_LEVEL'] ??= name.endsWith('-gpu') ? '3' : '2';
}
