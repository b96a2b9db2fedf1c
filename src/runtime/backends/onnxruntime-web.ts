import type { InferenceSession } from 'onnxruntime-web';
import { BackendError } from './backend-error.ts';
import type { Engine } from './backend.ts';
import { openOnnxModel } from './onnx-executable.ts';

export interface WebOnnxRuntimeOptions {
  /** The first engine of a process decides: WebAssembly starts its threads once. */
  readonly threads: number;
}

/**
 * onnxruntime in WebAssembly: it runs wherever Node does. Loaded by `import`, so that its onnxruntime-common is the ES module
 * instance and not the one native onnxruntime registers with. Always asks for `wasm` by name: `cpu` means another engine to either.
 * Throws BackendError `engine-unavailable` where the package is missing.
 */
export async function openWebOnnxRuntime(options: WebOnnxRuntimeOptions): Promise<Engine> {
  const runtime = await importWeb();
  runtime.env.wasm.numThreads ??= options.threads;
  if (runtime.env.wasm.numThreads === 0) runtime.env.wasm.numThreads = options.threads;
  runtime.env.logLevel = 'error';
  const sessionOptions: InferenceSession.SessionOptions = {
    executionProviders: ['wasm'],
    executionMode: 'sequential',
    graphOptimizationLevel: 'all',
    enableMemPattern: false,
    enableCpuMemArena: true,
    logSeverityLevel: 3,
  };
  return {
    info: {
      name: 'onnxruntime-web',
      version: runtime.env.versions.web ?? 'unknown',
      device: 'wasm',
      threads: runtime.env.wasm.numThreads,
    },
    load: (fn, artefact) => openOnnxModel(runtime, 'onnxruntime-web', fn, artefact, sessionOptions),
    dispose: () => Promise.resolve(),
  };
}

async function importWeb(): Promise<typeof import('onnxruntime-web')> {
  try {
    return await import('onnxruntime-web');
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : String(cause);
    throw new BackendError('engine-unavailable', 'world', `onnxruntime-web does not load: ${message}`, { cause });
  }
}
