import { InternalError } from '../common/invariant.ts';
import { sameShape } from '../types/dtype.ts';
import type { Graph, GraphNode } from './graph.ts';
import { inferType } from './infer.ts';
import type { OpName } from './ops.ts';
import { formatType } from './tensor-type.ts';

/**
 * What every graph must keep, between all passes:
 * a node's id is its place; operands come before their users; types are as inferred; outputs exist; inputs and outputs have
 * names of their own. Throws InternalError naming the graph, the pass (`after`) and the node that breaks it.
 */
export function verifyGraph(graph: Graph, after?: string): void {
  const context = after === undefined ? `graph ${graph.name}` : `graph ${graph.name} after ${after}`;
  const names = new Set<string>();
  for (const [place, node] of graph.nodes.entries()) {
    const fault = faultOf(graph, node, place);
    if (fault !== undefined) throw new InternalError(`${context}: node ${place} (${node.op}) ${fault}`);
    if (node.op !== 'input') continue;
    if (names.has(node.attributes.name))
      throw new InternalError(`${context}: two inputs named ${node.attributes.name}`);
    names.add(node.attributes.name);
  }
  const outputs = new Set<string>();
  for (const { name, node } of graph.outputs) {
    if (!graph.nodes[node]) throw new InternalError(`${context}: output ${name} is node ${node}, which does not exist`);
    if (outputs.has(name)) throw new InternalError(`${context}: two outputs named ${name}`);
    outputs.add(name);
  }
}

function faultOf(graph: Graph, node: GraphNode, place: number): string | undefined {
  if (node.id !== place) return `says it is node ${node.id}`;
  const operandTypes = [];
  for (const input of node.inputs) {
    const operand = graph.nodes[input];
    if (!operand || input >= place) return `uses node ${input}, which does not come before it`;
    operandTypes.push(operand.type);
  }
  const inferred = inferType<OpName>(node.op, operandTypes, node.attributes);
  if (inferred.dtype !== node.type.dtype || !sameShape(inferred.shape, node.type.shape)) {
    return `has type ${formatType(node.type)}, inferred ${formatType(inferred)}`;
  }
  return undefined;
}
