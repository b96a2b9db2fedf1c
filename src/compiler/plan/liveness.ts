import type { Graph, GraphNode, NodeId } from '../ir/graph.ts';
import { bytesPerElement, elementCount } from '../types/dtype.ts';

export interface LivenessOptions {
  /**
   * Whether convolutions are matrix products over their windows, laid out one beside another (im2col), as the ONNX target writes them: the windows of a
   * forward convolution then stay until the gradient of its filter has read them again.
   */
  readonly columns?: boolean;
}

/** Something that takes memory from one node to another. */
interface Extent {
  readonly bytes: number;
  readonly from: NodeId;
  to: NodeId;
}

/**
 * Most bytes of computed values that are alive at one moment, nodes taken in their order and each value freed after its last reader. An engine
 * that works in place or fuses needs less, one that keeps a pool more.
 */
export function peakBytes(graph: Graph, { columns = false }: LivenessOptions = {}): number {
  const last = lastReaders(graph);
  const extents: Extent[] = [];
  const windows = new Map<string, Extent>();
  for (const node of graph.nodes) {
    if (isComputed(node)) extents.push({ bytes: bytesOf(node), from: node.id, to: last.get(node.id) ?? node.id });
    if (!columns) continue;
    const laidOut = windowsOf(node, graph);
    if (laidOut === undefined) continue;
    const known = windows.get(laidOut.key);
    if (known !== undefined) known.to = node.id;
    else {
      const extent = { bytes: laidOut.bytes, from: node.id, to: node.id };
      windows.set(laidOut.key, extent);
      extents.push(extent);
    }
  }
  return mostAtOnce(extents, graph.nodes.length + 1);
}

/** Inputs and constants are the session's or the model's, and views hold no memory of their own. */
export function isComputed({ op }: GraphNode): boolean {
  return op !== 'input' && op !== 'constant' && op !== 'reshape';
}

export function bytesOf({ type }: GraphNode): number {
  return elementCount(type.shape) * bytesPerElement[type.dtype];
}

/** Of every value its last reader; who reads a view reads what it is a view of. Outputs are read after the last node. */
function lastReaders(graph: Graph): ReadonlyMap<NodeId, NodeId> {
  const last = new Map<NodeId, NodeId>();
  const owners: NodeId[] = [];
  for (const node of graph.nodes) {
    const [first] = node.inputs;
    owners.push(node.op === 'reshape' && first !== undefined ? (owners[first] ?? first) : node.id);
    for (const input of node.inputs) last.set(owners[input] ?? input, node.id);
  }
  for (const { node } of graph.outputs) last.set(owners[node] ?? node, graph.nodes.length);
  return last;
}

/** The windows that a convolution lays out; a filter of one pixel reads its input as it lies. Those of one input, read alike, are one. */
function windowsOf(node: GraphNode, graph: Graph): { readonly key: string; readonly bytes: number } | undefined {
  const shape = (index: number) => graph.nodes[node.inputs[index] ?? -1]?.type.shape ?? [];
  switch (node.op) {
    case 'conv2d':
    case 'conv2d_grad_filter': {
      const filter = node.op === 'conv2d' ? shape(1) : node.attributes.filterShape;
      const rows = elementCount((node.op === 'conv2d' ? node.type.shape : shape(1)).slice(0, 3));
      const { stride, padding, dilation, groups } = node.attributes;
      const taps = elementCount(filter.slice(0, 2));
      if (taps === 1) return undefined;
      const key = JSON.stringify([node.inputs[0], filter.slice(0, 2), stride, padding, dilation, groups]);
      return { key, bytes: 4 * rows * taps * (filter[2] ?? 1) * groups };
    }
    case 'conv2d_grad_input': {
      const filter = shape(1);
      const taps = elementCount(filter.slice(0, 2));
      if (taps === 1) return undefined;
      const { inputShape, stride } = node.attributes;
      // each pixel of x is reached by the taps of its own phase alone
      const reached = taps / elementCount(stride);
      return { key: `${node.id}`, bytes: 4 * elementCount(inputShape.slice(0, 3)) * reached * (filter[3] ?? 1) };
    }
    default:
      return undefined;
  }
}

function mostAtOnce(extents: readonly Extent[], length: number): number {
  const changes = new Float64Array(length + 1);
  for (const { bytes, from, to } of extents) {
    changes[from] = (changes[from] ?? 0) + bytes;
    changes[to + 1] = (changes[to + 1] ?? 0) - bytes;
  }
  let [alive, peak] = [0, 0];
  for (const change of changes) {
    alive += change;
    peak = Math.max(peak, alive);
  }
  return peak;
}
