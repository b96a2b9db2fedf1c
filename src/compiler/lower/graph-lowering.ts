import { invariant } from '../common/invariant.ts';
import { broadcastShapes } from '../ir/extents.ts';
import type { Graph, GraphNode, NodeId } from '../ir/graph.ts';
import type { OpName } from '../ir/ops.ts';
import { sameShape, type DType, type Shape } from '../types/dtype.ts';
import { reachableNodes, type KernelGroups } from './group-kernels.ts';

export type NodeOf<Op extends OpName> = Extract<GraphNode, { readonly op: Op }>;

/** What a value is called in the graph of the target. */
type ValueName = string;

/** An operand of an elementwise kernel, not written yet. */
interface ThinOperand {
  readonly shape: Shape;
  readonly write: () => ValueName;
}

/**
 * What rules of every target see of the graph being lowered. Values are written when first asked for, so operands come before users; how
 * a node is written is the target's.
 */
export abstract class GraphLowering {
  readonly graph: Graph;
  readonly groups: KernelGroups;
  readonly #names = new Map<NodeId, ValueName>();
  abstract readonly writer: { constant(dtype: DType, shape: Shape, values: readonly number[]): ValueName };

  constructor(graph: Graph, groups: KernelGroups) {
    this.graph = graph;
    this.groups = groups;
  }

  /** Writes the kernels of one node and returns the name of its value. */
  protected abstract lower(node: GraphNode): ValueName;

  /**
   * Writes all that outputs need, in the order of the graph, and returns the values of the outputs. What is deferred users may take in
   * another form, so it is written only when asked for.
   */
  lowerOutputs(isDeferred: (node: GraphNode) => boolean): readonly ValueName[] {
    const reachable = reachableNodes(this.graph);
    for (const node of this.graph.nodes) {
      if (reachable.has(node.id) && !this.groups.absorbed.has(node.id) && !isDeferred(node)) this.value(node.id);
    }
    return this.graph.outputs.map(({ node }) => this.value(node));
  }

  node(id: NodeId | undefined): GraphNode {
    const node = id === undefined ? undefined : this.graph.nodes[id];
    invariant(node, `node ${id} is not in graph ${this.graph.name}`);
    return node;
  }

  /** The value of a node, written now if it was not yet. */
  value(id: NodeId | undefined): ValueName {
    const node = this.node(id);
    const known = this.#names.get(node.id);
    if (known !== undefined) return known;
    const name = this.lower(node);
    this.#names.set(node.id, name);
    return name;
  }

  /** Where a kernel has several results: records the value of a node that the kernel of another one gives. */
  setValue(id: NodeId, name: ValueName): void {
    this.#names.set(id, name);
  }

  /** The value of a node if it is written already. */
  known(id: NodeId): ValueName | undefined {
    return this.#names.get(id);
  }

  shape(id: NodeId | undefined): Shape {
    return this.node(id).type.shape;
  }

  /** Values of all operands. */
  operands(node: Pick<GraphNode, 'inputs'>): ValueName[] {
    return node.inputs.map((input) => this.value(input));
  }

  /**
   * Operands of an elementwise kernel, which repeats extents of 1 by itself: explicit broadcasts are skipped and constants of
   * one value stay scalars, as long as the result keeps its shape.
   */
  elementwiseOperands(node: GraphNode, shape: Shape = node.type.shape): ValueName[] {
    return this.thinOperands(node, shape).map((operand) => operand.write());
  }

  protected thinOperands(node: GraphNode, shape: Shape): readonly ThinOperand[] {
    const thin = node.inputs.map((input) => this.#thin(input));
    for (const [at, input] of node.inputs.entries()) {
      if (sameShape(broadcastShapes(...thin.map((operand) => operand.shape)), shape)) break;
      thin[at] = { shape: this.shape(input), write: () => this.value(input) };
    }
    return thin;
  }

  #thin(id: NodeId): ThinOperand {
    const node = this.node(id);
    if (node.op === 'broadcast') return this.#thin(node.inputs[0] ?? id);
    if (node.op === 'constant' && node.attributes.values.length === 1) {
      const { dtype, values } = node.attributes;
      return { shape: [], write: () => this.writer.constant(dtype, [], values) };
    }
    return { shape: node.type.shape, write: () => this.value(id) };
  }
}
