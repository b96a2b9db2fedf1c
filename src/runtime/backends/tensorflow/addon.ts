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
export function loadAddon(options: AddonOptions): TensorflowAddon {
  const folder = options.folder ?? namedFolder();
  const places =
    folder === undefined
      ? [engineFolder('tfjs-gpu'), engineFolder('tfjs'), process.cwd(), import.meta.dirname]
      : [folder];
  const failures: string[] = [];
  for (const place of places) {
    for (const name of packages) {
      const home = packageFolder(place, name);
      if (home === undefined) continue;
      try {
        return requireAddon(home, name, options.threads);
      } catch (error) {
        failures.push(error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error));
      }
    }
  }
  const [failure] = failures;
  const where = folder === undefined ? '' : ` in ${folder}`;
  throw new BackendError(
    'engine-unavailable',
    'world',
    failure === undefined ? `@tensorflow/tfjs-node is not installed${where}` : `TensorFlow does not load: ${failure}`,
  );
}

function namedFolder(): string | undefined {
  const named = process.env['CLIPX_TFJS_FOLDER'];
  return named === undefined || named === '' ? undefined : named;
}

function packageFolder(place: string, name: string): string | undefined {
  try {
    return dirname(createRequire(join(place, 'package.json')).resolve(`${name}/package.json`));
  } catch {
    return undefined;
  }
}

/** `lib/napi-v<n>/tfjs_binding.node` for the newest Node-API that this Node has. */
function requireAddon(home: string, name: string, threads: number): TensorflowAddon {
  const library = join(home, 'lib');
  const newest = Number(process.versions['napi'] ?? 0);
  const built = existsSync(library) ? readdirSync(library) : [];
  const versions = built.flatMap((entry) => {
    const version = Number(/^napi-v(\d+)$/.exec(entry)?.[1] ?? Number.NaN);
    return version <= newest && existsSync(join(library, entry, 'tfjs_binding.node')) ? [version] : [];
  });
  const version = versions.sort((a, b) => b - a)[0];
  if (version === undefined) throw new Error(`${name} has no native library: its install script did not run`);
  setEnvironment(threads);
  return createRequire(import.meta.url)(join(library, `napi-v${version}`, 'tfjs_binding.node')) as TensorflowAddon;
}

/**
 * TensorFlow makes its two pools of threads once a process, from the environment. In a worker thread this reaches the C library only
 * if the worker shares the environment (`SHARE_ENV`). Two threads between kernels: 5 to 13 % faster on programs of two towers.
 */
function setEnvironment(threads: number): void {
  process.env['TF_NUM_INTRAOP_THREADS'] = String(threads);
  process.env['TF_NUM_INTEROP_THREADS'] = String(Math.min(threads, 2));
  process.env['TF_ENABLE_ONEDNN_OPTS'] ??= '1';
  process.env['TF_CPP_MIN_LOG_LEVEL'] ??= '2';
}
