import { invariant } from '../common/invariant.ts';
import { GraphBuilder, type Graph, type NodeId } from '../ir/graph.ts';

/** Where a graph is cut: the node's value comes in by this name instead. */
export type Cuts = ReadonlyMap<NodeId, string>;

export interface Extracted {
  readonly graph: Graph;
  /** Node of the given graph → node of the new one. */
  readonly moved: ReadonlyMap<NodeId, NodeId>;
}

/** The part of a graph that its outputs need, with the cut nodes as inputs. */
export function extract(
  graph: Graph,
  name: string,
  outputs: readonly { readonly name: string; readonly node: NodeId }[],
  cuts: Cuts,
): Extracted {
  const needed = neededFrom(
    graph,
    outputs.map((output) => output.node),
    cuts,
  );
  const builder = new GraphBuilder(name);
  const moved = new Map<NodeId, NodeId>();
  const at = (node: NodeId): NodeId => {
    const found = moved.get(node);
    invariant(found !== undefined, `node ${node} was not moved into ${name}`);
    return found;
  };
  for (const node of graph.nodes) {
    if (!needed.has(node.id)) continue;
    const cut = cuts.get(node.id);
    const add = (): NodeId =>
      cut === undefined
        ? builder.add(node.op, node.inputs.map(at), node.attributes)
        : builder.add('input', [], { name: cut, dtype: node.type.dtype, shape: node.type.shape });
    moved.set(node.id, node.label === undefined ? add() : builder.labelled(node.label, add));
  }
  for (const output of outputs) builder.output(output.name, at(output.node));
  return { graph: builder.finish(), moved };
}

function neededFrom(graph: Graph, roots: readonly NodeId[], cuts: Cuts): Set<NodeId> {
  const needed = new Set<NodeId>(roots);
  for (let id = graph.nodes.length - 1; id >= 0; id--) {
    const node = graph.nodes[id];
    if (node === undefined || !needed.has(id) || cuts.has(id)) continue;
    for (const input of node.inputs) needed.add(input);
  }
  return needed;
}
