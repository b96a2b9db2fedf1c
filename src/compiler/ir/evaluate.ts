/**
 * What every op means, slow and plain: the reference that engines, gradients and rewrites are checked against. f32 rounds after
 * each op, f64 keeps doubles throughout (for finite differences).
 */
import { invariant } from '../common/invariant.ts';
import { rowMajorStrides, sameShape } from '../types/dtype.ts';
import { axisKernels } from './evaluate-axes.ts';
import { elementwiseKernels } from './evaluate-elementwise.ts';
import { imageKernels } from './evaluate-images.ts';
import { indexKernels } from './evaluate-index.ts';
import { linearKernels } from './evaluate-linear.ts';
import { shapeKernels } from './evaluate-shape.ts';
import type { Graph, GraphNode, NodeId, TensorType } from './graph.ts';
import type { Kernels, Operands } from './kernel.ts';
import type { OpAttributes, OpName } from './ops.ts';
import { allocate, type Precision, type TensorData } from './tensor-data.ts';
import { formatType } from './tensor-type.ts';

const kernels: Kernels = {
  ...elementwiseKernels,
  ...linearKernels,
  ...axisKernels,
  ...shapeKernels,
  ...indexKernels,
  ...imageKernels,
  input: (_, __, { name }) => invariant(false, `input ${name} is fed, not computed`),
  constant: (_, result, { values }) => {
    if (values.length === 1) result.data.fill(values[0] ?? 0);
    else result.data.set(values);
  },
  iota: (_, result, { shape, axis }) => {
    const stride = rowMajorStrides(shape)[axis] ?? 1;
    const extent = shape[axis] ?? 1;
    for (let at = 0; at < result.data.length; at++) result.data[at] = Math.floor(at / stride) % extent;
  },
};

export interface EvaluateOptions {
  readonly precision: Precision;
}

/**
 * The graph's outputs by name, for these inputs by name. Inputs that no node uses may be left out.
 * Throws InternalError for a feed of another type than its input's, and for an index out of range.
 */
export function evaluateGraph(
  graph: Graph,
  feeds: Readonly<Record<string, TensorData>>,
  options: EvaluateOptions = { precision: 'f32' },
): Record<string, TensorData> {
  const values = evaluateNodes(
    graph,
    feeds,
    graph.outputs.map((output) => output.node),
    options,
  );
  return Object.fromEntries(
    graph.outputs.map(({ name, node }) => {
      const value = values.get(node);
      invariant(value, `output ${name} of ${graph.name} was not computed`);
      return [name, value];
    }),
  );
}

/** The values of the nodes asked for; computes what they need and lets go of the rest as soon as its last user has run. */
export function evaluateNodes(
  graph: Graph,
  feeds: Readonly<Record<string, TensorData>>,
  wanted: Iterable<NodeId>,
  { precision }: EvaluateOptions = { precision: 'f32' },
): ReadonlyMap<NodeId, TensorData> {
  const kept = new Set(wanted);
  const users = countUsers(graph, kept);
  const values = new Map<NodeId, TensorData>();
  for (const node of graph.nodes) {
    if (!users.has(node.id)) continue;
    values.set(node.id, evaluateNode(node, feeds, values, precision));
    for (const input of node.inputs) {
      const left = (users.get(input) ?? 0) - 1;
      users.set(input, left);
      if (left === 0 && !kept.has(input)) values.delete(input);
    }
  }
  return values;
}

/** The value of one op on given operands. */
export function evaluateOp<Op extends OpName>(
  op: Op,
  operands: readonly TensorData[],
  attributes: OpAttributes[Op],
  type: TensorType,
  precision: Precision,
): TensorData {
  const result = allocate(type, precision);
  // A kernel takes as many operands as inferType has counted.
  kernels[op](operands as unknown as Operands, result, attributes, precision);
  return result;
}

function evaluateNode(
  node: GraphNode,
  feeds: Readonly<Record<string, TensorData>>,
  values: ReadonlyMap<NodeId, TensorData>,
  precision: Precision,
): TensorData {
  if (node.op === 'input') return fed(node.attributes.name, node.type, feeds, precision);
  const operands = node.inputs.map((input) => {
    const value = values.get(input);
    invariant(value, `node ${node.id} uses node ${input}, which is not computed before it`);
    return value;
  });
  return evaluateOp<OpName>(node.op, operands, node.attributes, node.type, precision);
}

function fed(
  name: string,
  type: TensorType,
  feeds: Readonly<Record<string, TensorData>>,
  precision: Precision,
): TensorData {
  const feed = feeds[name];
  invariant(feed, `input ${name} is not fed`);
  invariant(
    feed.dtype === type.dtype && sameShape(feed.shape, type.shape),
    `input ${name} is ${formatType(type)}, fed ${formatType(feed)}`,
  );
  const value = allocate(type, precision);
  value.data.set(feed.data);
  return value;
}

/** Uses of each node that the wanted ones need; the others are absent. */
function countUsers(graph: Graph, wanted: ReadonlySet<NodeId>): Map<NodeId, number> {
  const users = new Map<NodeId, number>();
  for (const node of graph.nodes.toReversed()) {
    if (!users.has(node.id) && !wanted.has(node.id)) continue;
    users.set(node.id, users.get(node.id) ?? 0);
    for (const input of node.inputs) users.set(input, (users.get(input) ?? 0) + 1);
  }
  return users;
}
