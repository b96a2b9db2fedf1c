import { broadcastsTo } from '../ir/extents.ts';
import type { Graph, GraphNode, NodeId } from '../ir/graph.ts';
import { groupBatchNorms, type BatchNormGroups } from './group-batch-norms.ts';

/** A matrix product and the row added to it, which engines do in one kernel. */
export interface LinearKernel {
  readonly product: NodeId;
  /** Has the extents `[columns]`, or `[1, …, 1, columns]`. */
  readonly bias: NodeId;
}

/** Which neighbouring nodes of a graph one kernel of the engine computes; the target decides how. */
export interface KernelGroups {
  /** `add` node → the product it absorbs. */
  readonly linear: ReadonlyMap<NodeId, LinearKernel>;
  /** Products absorbed that way, and reshapes between: they have no value of their own. */
  readonly absorbed: ReadonlySet<NodeId>;
  /** `moment_mean` / `moment_rstd` node → the layer norm over the same x whose further result it is. */
  readonly moments: ReadonlyMap<NodeId, NodeId>;
  /** Layer norms that give their moments as well. */
  readonly normsWithMoments: ReadonlySet<NodeId>;
  readonly batchNorms: BatchNormGroups;
}

/** Nodes that some output depends on. */
export function reachableNodes(graph: Graph): ReadonlySet<NodeId> {
  const reachable = new Set(graph.outputs.map(({ node }) => node));
  for (let id = graph.nodes.length - 1; id >= 0; id--) {
    if (reachable.has(id)) for (const input of graph.nodes[id]?.inputs ?? []) reachable.add(input);
  }
  return reachable;
}

/** Finds the groups among the nodes that outputs depend on. */
export function groupKernels(graph: Graph): KernelGroups {
  const reachable = reachableNodes(graph);
  const nodes = graph.nodes.filter(({ id }) => reachable.has(id));
  const uses = new Map<NodeId, number>();
  const use = (id: NodeId): void => void uses.set(id, (uses.get(id) ?? 0) + 1);
  for (const node of nodes) node.inputs.forEach(use);
  for (const output of graph.outputs) use(output.node);

  const linear = new Map<NodeId, LinearKernel>();
  const absorbed = new Set<NodeId>();
  for (const node of nodes) {
    if (node.op !== 'add') continue;
    const kernel = linearKernel(graph, node, uses);
    if (kernel === undefined || absorbed.has(kernel.product)) continue;
    linear.set(node.id, kernel);
    absorbed.add(kernel.product);
    for (const input of node.inputs) if (graph.nodes[input]?.inputs.includes(kernel.product)) absorbed.add(input);
  }
  return { linear, absorbed, ...groupMoments(nodes), batchNorms: groupBatchNorms(nodes) };
}

/**
 * `add(matmul(a, b), bias)` with a matrix b, a bias of the last dimension alone, and no other user of the product. Between product
 * and sum there may be a reshape that keeps the last dimension.
 */
function linearKernel(graph: Graph, add: GraphNode, uses: ReadonlyMap<NodeId, number>): LinearKernel | undefined {
  const [left = 0, right = 0] = add.inputs;
  for (const [term, addend] of [
    [left, right],
    [right, left],
  ] as const) {
    const shape = graph.nodes[term]?.type.shape ?? [];
    const product = singleProduct(graph, term, uses);
    if (product === undefined) continue;
    const bias = throughBroadcast(graph, addend);
    const biasShape = graph.nodes[bias]?.type.shape ?? [];
    const isRow = biasShape.length > 0 && biasShape.slice(0, -1).every((extent) => extent === 1);
    if (!isRow || biasShape.at(-1) !== shape.at(-1) || !broadcastsTo(biasShape, shape)) continue;
    return { product, bias };
  }
  return undefined;
}

/** The product with a matrix that this node is, if nobody else uses it. */
function singleProduct(graph: Graph, term: NodeId, uses: ReadonlyMap<NodeId, number>): NodeId | undefined {
  const node = graph.nodes[term];
  if (node === undefined || uses.get(term) !== 1) return undefined;
  if (node.op === 'matmul') return graph.nodes[node.inputs[1] ?? 0]?.type.shape.length === 2 ? term : undefined;
  if (node.op !== 'reshape') return undefined;
  const [inner = 0] = node.inputs;
  const isSameRow = graph.nodes[inner]?.type.shape.at(-1) === node.type.shape.at(-1);
  return isSameRow && graph.nodes[inner]?.op === 'matmul' ? singleProduct(graph, inner, uses) : undefined;
}

function throughBroadcast(graph: Graph, id: NodeId): NodeId {
  const node = graph.nodes[id];
  return node?.op === 'broadcast' ? throughBroadcast(graph, node.inputs[0] ?? id) : id;
}

function groupMoments(nodes: readonly GraphNode[]): Pick<KernelGroups, 'moments' | 'normsWithMoments'> {
  const moments = new Map<NodeId, NodeId>();
  const normsWithMoments = new Set<NodeId>();
  const normsByOperand = new Map<NodeId, Extract<GraphNode, { op: 'layer_norm' }>[]>();
  for (const node of nodes) {
    const [operand = 0] = node.inputs;
    if (node.op === 'layer_norm') normsByOperand.set(operand, [...(normsByOperand.get(operand) ?? []), node]);
  }
  for (const node of nodes) {
    if (node.op !== 'moment_mean' && node.op !== 'moment_rstd') continue;
    const rank = node.type.shape.length;
    const { axes } = node.attributes;
    if (axes.length !== 1 || axes[0] !== rank - 1) continue;
    const norm = normsByOperand
      .get(node.inputs[0] ?? 0)
      ?.find(({ attributes }) => node.op === 'moment_mean' || attributes.epsilon === node.attributes.epsilon);
    if (norm === undefined) continue;
    moments.set(node.id, norm.id);
    normsWithMoments.add(norm.id);
  }
  return { moments, normsWithMoments };
}
