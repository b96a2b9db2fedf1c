import { GraphBuilder, type Graph, type GraphNode, type NodeId } from '../../src/compiler/ir/graph.ts';
import type { FeatureFunction, ProgramFunction } from '../../src/compiler/program/program-function.ts';

/** The step with the features computed inside it, from the same inputs. */
export function inlineFeatures(step: ProgramFunction, features: FeatureFunction): ProgramFunction {
  const builder = new GraphBuilder(step.graph.name);
  const inputs = new Map<string, NodeId>();
  const inner = copyInto(builder, features.graph, inputs);
  for (const [output, source] of Object.entries(features.outputs)) {
    const node = features.graph.outputs.find(({ name }) => name === output)?.node;
    const copied = node === undefined ? undefined : inner[node];
    if (source.kind !== 'feature' || copied === undefined) continue;
    for (const [input, { kind, ...rest }] of Object.entries(step.inputs)) {
      if (kind === 'feature' && 'id' in rest && rest.id === source.id) inputs.set(input, copied);
    }
  }
  const outer = copyInto(builder, step.graph, inputs);
  for (const { name, node } of step.graph.outputs) builder.output(name, outer[node] ?? -1);
  const kept = Object.entries(step.inputs).filter(([, { kind }]) => kind !== 'feature');
  return { ...step, graph: builder.finish(), inputs: { ...features.inputs, ...Object.fromEntries(kept) } };
}

/** New ids by old ones; an input whose name is known already is the node that is known. */
function copyInto(builder: GraphBuilder, graph: Graph, inputs: Map<string, NodeId>): NodeId[] {
  const ids: NodeId[] = [];
  for (const node of graph.nodes) {
    const known = node.op === 'input' ? inputs.get(node.attributes.name) : undefined;
    const id = known ?? append(builder, node, node.inputs.map((input) => ids[input] ?? -1)); // prettier-ignore
    if (node.op === 'input') inputs.set(node.attributes.name, id);
    ids.push(id);
  }
  return ids;
}

function append(builder: GraphBuilder, node: GraphNode, operands: readonly NodeId[]): NodeId {
  const id = builder.nodes.length;
  builder.nodes.push({ ...node, id, inputs: operands });
  return id;
}
