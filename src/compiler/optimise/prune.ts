import type { Graph, NodeId } from '../ir/graph.ts';

/** Drops what no output needs, inputs too: a function is not fed what it does not use. */
export function prune(graph: Graph): Graph {
  const needed = new Set(graph.outputs.map((output) => output.node));
  for (const node of graph.nodes.toReversed()) {
    if (needed.has(node.id)) for (const input of node.inputs) needed.add(input);
  }
  const renumbered = new Map<NodeId, NodeId>();
  for (const node of graph.nodes) if (needed.has(node.id)) renumbered.set(node.id, renumbered.size);
  const place = (id: NodeId): NodeId => renumbered.get(id) ?? -1;
  if (renumbered.size === graph.nodes.length) return graph;
  const kept = graph.nodes.filter((node) => needed.has(node.id));
  return {
    name: graph.name,
    nodes: kept.map((node) => ({ ...node, id: place(node.id), inputs: node.inputs.map(place) })),
    outputs: graph.outputs.map(({ name, node }) => ({ name, node: place(node) })),
  };
}
