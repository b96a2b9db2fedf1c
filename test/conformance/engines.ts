import type { Graph } from '../../src/compiler/ir/graph.ts';
import { emitOnnx } from '../../src/compiler/lower/targets/onnx/emit-onnx.ts';
import { emitTensorflow } from '../../src/compiler/lower/targets/tensorflow/emit-tensorflow.ts';
import type { Engine } from '../../src/runtime/backends/backend.ts';
import { openNativeOnnxRuntime } from '../../src/runtime/backends/onnxruntime-node.ts';
import { openWebOnnxRuntime } from '../../src/runtime/backends/onnxruntime-web.ts';
import { BackendError } from '../../src/runtime/backends/backend-error.ts';
import { openTensorflow } from '../../src/runtime/backends/tensorflow/tensorflow-engine.ts';
import { isEngineRequired } from '../support/required-engines.ts';

/** One column of the suite: an engine and what the compiler lowers for it. */
export interface EngineColumn {
  /** Where the engine is skipped, this says why. */
  readonly name: string;
  readonly isSkipped: boolean;
  readonly open: () => Promise<Engine>;
  readonly lower: (graph: Graph) => Uint8Array;
}

const openTwoThreads = { threads: 2 } as const;

/** TensorFlow is an engine that users add. Without it its tests are skipped, and their names say so; where it is required they fail. */
async function tensorflowColumn(): Promise<EngineColumn> {
  const column = { open: () => openTensorflow(openTwoThreads), lower: emitTensorflow };
  try {
    await (await column.open()).dispose();
    return { ...column, name: 'tensorflow', isSkipped: false };
  } catch (error) {
    const isMissing = error instanceof BackendError && error.code === 'engine-unavailable';
    if (!isMissing || isEngineRequired('tensorflow')) throw error;
    console.warn(`TensorFlow is not tested: ${error.message}. Say where with CLIPX_TFJS_FOLDER.`);
    return { ...column, name: `tensorflow (skipped: ${error.message})`, isSkipped: true };
  }
}

/** Every engine that must mean what the reference means. Two threads, so that kernels that race are seen to. */
export const engineColumns: readonly EngineColumn[] = [
  { name: 'onnxruntime-node', isSkipped: false, open: () => openNativeOnnxRuntime(openTwoThreads), lower: emitOnnx },
  { name: 'onnxruntime-web', isSkipped: false, open: () => openWebOnnxRuntime(openTwoThreads), lower: emitOnnx },
  await tensorflowColumn(),
];
