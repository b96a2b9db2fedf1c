import type { Graph, GraphNode } from '../ir/graph.ts';
import { slotsOf } from '../program/optimiser-slots.ts';
import type { Program } from '../program/program.ts';
import { elementCount } from '../types/dtype.ts';
import { peakBytes } from './liveness.ts';

/** What one call of a graph takes, told from its shapes alone. */
export interface GraphCost {
  readonly nodes: number;
  /** Floating-point operations of its matrix products and convolutions: a multiplication and an addition are two. */
  readonly flops: number;
  /** Most bytes of computed tensors that are alive at one moment: `liveness.ts`. */
  readonly peakBytes: number;
}

export function graphCost(graph: Graph): GraphCost {
  return { nodes: graph.nodes.length, flops: flopsOfGraph(graph), peakBytes: peakBytes(graph) };
}

function flopsOfGraph(graph: Graph): number {
  return graph.nodes.reduce((sum, node) => sum + flopsOf(node, graph), 0);
}

/** Of a matrix product or a convolution; of anything else none. */
export function flopsOf(node: GraphNode, graph: Graph): number {
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
    slots: stage.groups.reduce((total, group) => total + slotsOf(group.method).length * sum(group.parameters), 0),
  }));
  return {
    parameters: sum(sizes.keys()),
    gradients: Math.max(0, ...stages.map((it) => it.gradients)),
    slots: Math.max(0, ...stages.map((it) => it.slots)),
  };
}
