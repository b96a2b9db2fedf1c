import { InternalError } from '../common/invariant.ts';
import { sameShape } from '../types/dtype.ts';
import { GraphBuilder, type Graph, type GraphNode, type NodeId, type TensorType } from './graph.ts';
import type { OpAttributes, OpName } from './ops.ts';

/** What is about to be added to the new graph; its operands are there already. */
export type Candidate = {
  readonly [Op in OpName]: {
    readonly op: Op;
    readonly inputs: readonly NodeId[];
    readonly attributes: OpAttributes[Op];
  };
}[OpName];

/**
 * A node of the new graph that has the candidate's value, or nothing where the candidate is to be added as it is. `original` is
 * the node of the old graph, absent for what a simplification itself builds.
 */
export type Simplify = (candidate: Candidate, builder: RewritingBuilder, original?: GraphNode) => NodeId | undefined;

/** A builder that asks `simplify` about every node before it adds it: also about those that a simplification itself builds. */
export class RewritingBuilder extends GraphBuilder {
  readonly #simplify: Simplify;

  constructor(name: string, simplify: Simplify) {
    super(name);
    this.#simplify = simplify;
  }

  override add<Op extends OpName>(op: Op, inputs: readonly NodeId[], attributes: OpAttributes[Op]): NodeId {
    // Op and attributes agree by the signature, which the union over ops cannot see.
    const candidate = { op, inputs, attributes } as unknown as Candidate;
    return this.#simplify(candidate, this) ?? super.add(op, inputs, attributes);
  }

  /** A node of another graph on new operands of the same types: its type need not be inferred again. */
  copy(node: GraphNode, inputs: readonly NodeId[]): NodeId {
    const candidate = { op: node.op, inputs, attributes: node.attributes } as unknown as Candidate;
    const found = this.#simplify(candidate, this, node);
    if (found !== undefined) return found;
    const id = this.nodes.length;
    this.nodes.push(id === node.id && inputs === node.inputs ? node : { ...node, id, inputs });
    return id;
  }

  node(id: NodeId): GraphNode {
    const found = this.nodes[id];
    if (!found) throw new InternalError(`node ${id} is not in graph ${this.name}`);
    return found;
  }
}

/**
 * The graph built anew in one sweep, every node offered to `simplify` with its operands already rewritten. Nodes that
 * `simplify` adds take the label of the node that they stand for. Ends linear in the number of nodes.
 */
export function rewriteGraph(graph: Graph, simplify: Simplify): Graph {
  const builder = new RewritingBuilder(graph.name, simplify);
  const replacement: NodeId[] = [];
  for (const node of graph.nodes) {
    const moved = node.inputs.some((input) => replacement[input] !== input);
    const inputs = moved ? node.inputs.map((input) => replacement[input] ?? -1) : node.inputs;
    const copy = (): NodeId => builder.copy(node, inputs);
    const id = node.label === undefined ? copy() : builder.labelled(node.label, copy);
    if (!sameType(builder.type(id), node.type)) {
      throw new InternalError(`node ${node.id} (${node.op}) was rewritten to another type`);
    }
    replacement.push(id);
  }
  for (const { name, node } of graph.outputs) builder.output(name, replacement[node] ?? -1);
  return builder.finish();
}

function sameType(a: TensorType, b: TensorType): boolean {
  return a.dtype === b.dtype && sameShape(a.shape, b.shape);
}
