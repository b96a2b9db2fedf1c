import type { GraphNode, NodeId } from '../ir/graph.ts';

/** Results that one kernel for a whole batch norm, and one for its gradients, give together. */
export interface BatchNormGroups {
  /** `moment_mean`, `moment_rstd`, `batch_norm_grad_input` or `_scale` node → a `batch_norm_training` of the same x and epsilon. */
  readonly norms: ReadonlyMap<NodeId, NodeId>;
  /** `batch_norm_grad_scale` node, or the sum of dy that is the gradient of bias → the `batch_norm_grad_input` of the same dy. */
  readonly gradients: ReadonlyMap<NodeId, NodeId>;
}

/** Finds them among the nodes that are lowered. */
export function groupBatchNorms(nodes: readonly GraphNode[]): BatchNormGroups {
  const normOf = new Map<string, NodeId>();
  const gradientOf = new Map<string, NodeId>();
  for (const { id, op, inputs, attributes } of nodes) {
    if (op === 'batch_norm_training') {
      // A mean has no epsilon.
      for (const epsilon of [attributes.epsilon, undefined]) add(normOf, [inputs[0], epsilon], id);
    }
    if (op === 'batch_norm_grad_input') {
      const [dy, x] = inputs;
      add(gradientOf, [dy], id);
      add(gradientOf, [dy, x, attributes.epsilon], id);
    }
  }
  const norms = new Map<NodeId, NodeId>();
  const gradients = new Map<NodeId, NodeId>();
  for (const node of nodes) {
    const norm = normOf.get(statisticsKey(node) ?? '');
    if (norm !== undefined) norms.set(node.id, norm);
    const gradient = gradientOf.get(gradientKey(node) ?? '');
    if (gradient !== undefined) gradients.set(node.id, gradient);
  }
  return { norms, gradients };
}

type KeyPart = number | undefined;

function add(map: Map<string, NodeId>, parts: readonly KeyPart[], id: NodeId): void {
  const key = parts.join(' ');
  if (!map.has(key)) map.set(key, id);
}

/** Of which x, and with which epsilon, a node needs the statistics over all dimensions but the last. */
function statisticsKey(node: GraphNode): string | undefined {
  const [first, second] = node.inputs;
  switch (node.op) {
    case 'moment_mean':
      return isLeading(node.attributes.axes, node.type.shape.length) ? [first, undefined].join(' ') : undefined;
    case 'moment_rstd':
      return isLeading(node.attributes.axes, node.type.shape.length)
        ? [first, node.attributes.epsilon].join(' ')
        : undefined;
    case 'batch_norm_grad_input':
    case 'batch_norm_grad_scale':
      return [second, node.attributes.epsilon].join(' ');
    default:
      return undefined;
  }
}

function gradientKey(node: GraphNode): string | undefined {
  const [dy, x] = node.inputs;
  if (node.op === 'batch_norm_grad_scale') return [dy, x, node.attributes.epsilon].join(' ');
  if (node.op !== 'reduce_sum') return undefined;
  const { axes, keep } = node.attributes;
  return isLeading(axes, node.type.shape.length + (keep ? 0 : axes.length)) ? String(dy) : undefined;
}

/** All axes but the last, of which there are some. */
function isLeading(axes: readonly number[], rank: number): boolean {
  return rank > 1 && axes.length === rank - 1 && !axes.includes(rank - 1);
}
