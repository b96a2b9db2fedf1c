import type { Graph } from '../../src/compiler/ir/graph.ts';
import type { Engine, TensorValue } from '../../src/runtime/backends/backend.ts';

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
