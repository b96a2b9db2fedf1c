import type { Graph, NodeId } from '../ir/graph.ts';
import { rewriteGraph } from '../ir/rewrite.ts';
import { ruleCall } from './rule.ts';

/**
 * gelu(x) = x Φ(x), written out where the gradient computes Φ(x) anyway: `share` then finds one erf instead of two. Frozen towers
 * keep the fused op, which engines have a kernel for.
 */
export function openGelu(graph: Graph): Graph {
  const opened = new Set<NodeId>();
  for (const node of graph.nodes) {
    const [scaled] = node.op === 'erf' ? node.inputs : [];
    const product = scaled === undefined ? undefined : graph.nodes[scaled];
    const [x, factor] = product?.op === 'mul' ? product.inputs : [];
    const constant = factor === undefined ? undefined : graph.nodes[factor];
    if (x !== undefined && constant?.op === 'constant' && constant.attributes.values[0] === Math.SQRT1_2) opened.add(x);
  }
  if (opened.size === 0) return graph;
  return rewriteGraph(graph, (candidate, builder, original) => {
    if (candidate.op !== 'gelu' || !opened.has(original?.inputs[0] ?? -1)) return undefined;
    const { a, m } = ruleCall(candidate, builder);
    return m.mul(m.normalCumulative(a), a);
  });
}
