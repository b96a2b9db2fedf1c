import type { Graph } from '../../src/compiler/ir/graph.ts';
import { emitOnnx } from '../../src/compiler/lower/targets/onnx/emit-onnx.ts';
import type { Engine, TensorValue } from '../../src/runtime/backends/backend.ts';
import { openNativeOnnxRuntime } from '../../src/runtime/backends/onnxruntime-node.ts';
import { openWebOnnxRuntime } from '../../src/runtime/backends/onnxruntime-web.ts';

/** One column of the suite: an engine and what the compiler lowers for it. */
export interface EngineColumn {
  readonly name: string;
  readonly open: () => Promise<Engine>;
  readonly lower: (graph: Graph) => Uint8Array;
}

/** Every engine that must mean what the reference means. Two threads, so that kernels that race are seen to. */
export const engineColumns: readonly EngineColumn[] = [
  { name: 'onnxruntime-node', open: () => openNativeOnnxRuntime({ threads: 2 }), lower: emitOnnx },
  { name: 'onnxruntime-web', open: () => openWebOnnxRuntime({ threads: 2 }), lower: emitOnnx },
];

/** Runs a graph `repeats` times. */
export async function runGraph(
  engine: Engine,
  graph: Graph,
  artefact: Uint8Array | undefined,
  feeds: Readonly<Record<string, TensorValue>>,
  repeats = 1,
): Promise<Record<string, TensorValue>[]> {
  const executable = await engine.load({ id: graph.name, graph, inputs: {}, outputs: {} }, artefact);
  try {
    const results: Record<string, TensorValue>[] = [];
    for (let run = 0; run < repeats; run++) results.push(await executable.run(feeds));
    return results;
  } finally {
    await executable.dispose();
  }
}
