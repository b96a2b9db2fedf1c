import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { InferenceSession } from 'onnxruntime-web';
import { BackendError } from './backend-error.ts';
import type { Engine } from './backend.ts';
import { engineFolder } from './engine-folder.ts';
import { openOnnxModel, type OnnxRuntime } from './onnx-executable.ts';

export interface NativeOnnxRuntimeOptions {
  readonly threads: number;
  /** Where `clipx engine install onnxruntime` puts it; tried before the package beside clipx. */
  readonly folder?: string;
  /** Spin between kernels: a little faster alone, a burden to others on the machine. Default true. */
  readonly spinning?: boolean;
  /** Writes onnxruntime's own trace of every kernel to a file with this prefix. */
  readonly profilePrefix?: string;
}

interface NativeModule extends OnnxRuntime {
  readonly env: { readonly versions: { readonly node?: string } };
}

/**
 * Native onnxruntime on the CPU. Loaded by `require` of its own folder, so it and the onnxruntime-common it registers with are
 * CommonJS instances of their own: with a shared one, native and web overwrite each other's handlers.
 * Throws BackendError `engine-unavailable` where it is not installed or does not load.
 */
export async function openNativeOnnxRuntime(options: NativeOnnxRuntimeOptions): Promise<Engine> {
  const runtime = requireNative(options.folder ?? engineFolder('onnxruntime'));
  const sessionOptions: InferenceSession.SessionOptions = {
    executionProviders: ['cpu'],
    executionMode: 'sequential',
    intraOpNumThreads: options.threads,
    interOpNumThreads: 1,
    graphOptimizationLevel: 'all',
    // Measured: off is 5 % faster and takes 39 % less memory at its peak; the arena off is 12 % slower.
    enableMemPattern: false,
    enableCpuMemArena: true,
    logSeverityLevel: 3,
    extra: { session: { intra_op: { allow_spinning: options.spinning === false ? '0' : '1' } } },
    ...(options.profilePrefix === undefined ? {} : { enableProfiling: true, profileFilePrefix: options.profilePrefix }),
  };
  return {
    info: {
      name: 'onnxruntime-node',
      version: runtime.env.versions.node ?? 'unknown',
      device: 'cpu',
      threads: options.threads,
    },
    load: (fn, artefact) => openOnnxModel(runtime, 'onnxruntime-node', fn, artefact, sessionOptions),
    dispose: () => Promise.resolve(),
  };
}

/** The package in the engine folder, else beside clipx. */
function requireNative(folder: string): NativeModule {
  const failures: string[] = [];
  for (const from of [join(folder, 'package.json'), import.meta.url]) {
    try {
      return createRequire(from)('onnxruntime-node') as NativeModule;
    } catch (error) {
      failures.push(error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error));
    }
  }
  throw new BackendError('engine-unavailable', 'world', `onnxruntime-node does not load: ${failures.at(-1) ?? ''}`);
}
