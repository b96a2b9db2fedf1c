import type { Graph, GraphNode } from '../../../ir/graph.ts';
import type { OpName } from '../../../ir/ops.ts';
import { groupKernels } from '../../group-kernels.ts';
import type { GraphWriter, TensorName } from './graph-writer.ts';
import { Lowering, type InputTensor, type LoweringRule } from './lowering.ts';
import { rules } from './rules.ts';

/** Writes the kernels of a function and returns the tensors of its outputs, in order. Nodes that no output needs are left out. */
export function lowerGraph(graph: Graph, writer: GraphWriter, input: InputTensor): readonly TensorName[] {
  const groups = groupKernels(graph);
  const lowering = new Lowering({ graph, writer, groups, input, lower: lowerNode });
  return lowering.lowerOutputs(isDeferred);
}

function lowerNode(node: GraphNode, lowering: Lowering): TensorName {
  // The table holds for each op the rule of that op; TypeScript cannot follow it through the union.
  const rule = rules[node.op] as unknown as LoweringRule<OpName>;
  return rule(node, lowering);
}

/** Users may take these in another form (a scalar, the unexpanded operand, one kernel), so they are written only when asked for. */
function isDeferred({ op }: GraphNode): boolean {
  return op === 'constant' || op === 'iota' || op === 'broadcast' || op === 'sign';
}
