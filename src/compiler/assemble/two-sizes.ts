/** One computation elaborated at two numbers of samples: the graphs agree node by node, and what differs tells what counts samples. */
import type { Graph, NodeId } from '../ir/graph.ts';

/** Whether two elaborations are one graph at two sizes. A size that happens to equal another one may merge nodes; another size does not. */
export function agree(whole: Graph, part: Graph): boolean {
  return (
    whole.nodes.length === part.nodes.length &&
    part.nodes.every((node, index) => {
      const twin = whole.nodes[index];
      return twin?.op === node.op && twin.inputs.length === node.inputs.length && twin.inputs.every((input, position) => input === node.inputs[position]); // prettier-ignore
    })
  );
}

/** Constants whose value counts samples: they differ between the two elaborations. */
export function countDependent(part: Graph, whole: Graph): Set<NodeId> {
  const found = new Set<NodeId>();
  for (const node of part.nodes) {
    if (node.op !== 'constant' && node.op !== 'iota') continue;
    if (JSON.stringify(node.attributes) !== JSON.stringify(whole.nodes[node.id]?.attributes)) found.add(node.id);
  }
  return found;
}

/** Dimensions whose extents differ between the two elaborations. */
export function growing(part: Graph, whole: Graph): Map<NodeId, readonly number[]> {
  const found = new Map<NodeId, readonly number[]>();
  for (const { id, type } of part.nodes) {
    const other = whole.nodes[id]?.type.shape;
    const dims = type.shape.flatMap((size, dim) => (other?.[dim] === size ? [] : [dim]));
    if (dims.length > 0) found.set(id, dims);
  }
  return found;
}
