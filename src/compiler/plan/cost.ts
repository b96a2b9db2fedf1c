import type { Graph, GraphNode } from '../ir/graph.ts';
import type { OptimiserMethod, Program } from '../program/program.ts';
import { bytesPerElement, elementCount } from '../types/dtype.ts';

/** What one call of a graph takes, told from its shapes alone. */
export interface GraphCost {
  readonly nodes: number;
  /** Floating-point operations of its matrix products and convolutions: a multiplication and an addition are two. */
  readonly flops: number;
  /**
   * Most bytes of computed tensors that are alive at one moment, each freed after its last reader. An engine that
   * reuses memory in place or fuses needs less, one that keeps a pool needs more.
   */
  readonly peakBytes: number;
}

export function graphCost(graph: Graph): GraphCost {
  const lastRead = new Map<number, number>();
  for (const node of graph.nodes) for (const input of node.inputs) lastRead.set(input, node.id);
  for (const { node } of graph.outputs) lastRead.set(node, graph.nodes.length);
  const freedAfter = groupByLast(lastRead);
  let [alive, peak, flops] = [0, 0, 0];
  for (const node of graph.nodes) {
    if (isComputed(node)) alive += bytesOf(node);
    peak = Math.max(peak, alive);
    flops += flopsOf(node, graph);
    for (const id of freedAfter.get(node.id) ?? []) {
      const freed = graph.nodes[id];
      if (freed !== undefined && isComputed(freed)) alive -= bytesOf(freed);
    }
  }
  return { nodes: graph.nodes.length, flops, peakBytes: peak };
}

function groupByLast(lastRead: ReadonlyMap<number, number>): ReadonlyMap<number, readonly number[]> {
  const groups = new Map<number, number[]>();
  for (const [id, last] of lastRead) groups.set(last, [...(groups.get(last) ?? []), id]);
  return groups;
}

/** Inputs and constants are the session's or the model's, and views hold no memory of their own. */
function isComputed({ op }: GraphNode): boolean {
  return op !== 'input' && op !== 'constant' && op !== 'reshape';
}

function bytesOf({ type }: GraphNode): number {
  return elementCount(type.shape) * bytesPerElement[type.dtype];
}

function flopsOf(node: GraphNode, graph: Graph): number {
  const operand = (index: number) => graph.nodes[node.inputs[index] ?? -1]?.type.shape ?? [];
  if (node.op === 'matmul') {
    const inner = operand(0).at(node.attributes.transposeA ? -2 : -1) ?? 1;
    return 2 * elementCount(node.type.shape) * inner;
  }
  // Each output element of a convolution is a product over one filter: height × width × channels of a group.
  if (node.op === 'conv2d') return 2 * elementCount(node.type.shape) * elementCount(operand(1).slice(0, 3));
  if (node.op === 'conv2d_grad_input') return 2 * elementCount(operand(0)) * elementCount(operand(1).slice(0, 3));
  if (node.op === 'conv2d_grad_filter') {
    return 2 * elementCount(operand(1)) * elementCount(node.attributes.filterShape.slice(0, 3));
  }
  return 0;
}

/** Bytes that a training run keeps from its first step to its last. */
export interface StateBytes {
  readonly parameters: number;
  readonly gradients: number;
  readonly slots: number;
}

export function stateBytes(program: Program): StateBytes {
  const sizes = new Map(program.parameters.map((it) => [it.name, 4 * elementCount(it.shape)]));
  const sum = (names: Iterable<string>) => [...names].reduce((total, name) => total + (sizes.get(name) ?? 0), 0);
  const stages = program.stages.map((stage) => ({
    gradients: sum(stage.trainable),
    slots: stage.groups.reduce((total, group) => total + slotsOf(group.method) * sum(group.parameters), 0),
  }));
  return {
    parameters: sum(sizes.keys()),
    gradients: Math.max(0, ...stages.map((it) => it.gradients)),
    slots: Math.max(0, ...stages.map((it) => it.slots)),
  };
}

/** Tensors that an optimiser keeps beside each parameter. */
function slotsOf(method: OptimiserMethod): number {
  switch (method.kind) {
    case 'sgd':
      return method.momentum > 0 ? 1 : 0;
    case 'adam':
    case 'adamw':
      return 2;
    case 'rmsprop':
      return method.momentum > 0 ? 2 : 1;
    case 'lion':
      return 1;
  }
}
