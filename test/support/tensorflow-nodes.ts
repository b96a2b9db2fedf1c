import { graphInputs, type Graph } from '../../src/compiler/ir/graph.ts';
import { GraphWriter } from '../../src/compiler/lower/targets/tensorflow/graph-writer.ts';
import { lowerGraph } from '../../src/compiler/lower/targets/tensorflow/lower-graph.ts';
import type { TensorflowNode } from '../../src/compiler/lower/targets/tensorflow/tensorflow-proto.ts';

/** The TensorFlow nodes of a function, leaves included, as its rules write them. */
export function tensorflowNodes(graph: Graph): readonly TensorflowNode[] {
  const writer = new GraphWriter();
  const placeholders = new Map(
    graphInputs(graph).map(({ node, type }, at) => [node, writer.placeholder(`input_${at}`, type.dtype, type.shape)]),
  );
  lowerGraph(graph, writer, ({ id }) => placeholders.get(id) ?? '');
  return writer.nodes;
}
