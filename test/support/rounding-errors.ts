/**
 * What float32 can say of a graph: Monte Carlo arithmetic (D. S. Parker, UCLA CSD-970002, 1997). The graph is computed in float64 and every
 * operation rounds at random by as much as one in float32 may: results that are then far apart are not determined by float32, for example
 * where a ReLU's input is almost zero or a quotient's divisor.
 */
import { evaluateOp } from '../../src/compiler/ir/evaluate.ts';
import { Arithmetic } from '../../src/compiler/ir/arithmetic.ts';
import { GraphBuilder, type Graph, type GraphNode, type NodeId } from '../../src/compiler/ir/graph.ts';
import type { OpName } from '../../src/compiler/ir/ops.ts';
import type { TensorData } from '../../src/compiler/ir/tensor-data.ts';

/** Unit roundoff of float32. */
const unit = 2 ** -24;

/** Vector mathematics of engines promises 4 units in the last place (Intel VML "LA"), an ulp is two units. */
const ofFunction = 8;

const functions: ReadonlySet<OpName> = new Set<OpName>(
  ['exp', 'log', 'sin', 'cos', 'acos', 'tanh', 'sigmoid', 'softplus', 'erf', 'gelu', 'pow', 'atan2'], // prettier-ignore
);
const arithmetic: ReadonlySet<OpName> = new Set<OpName>([
  'add',
  'sub',
  'mul',
  'div',
  'sqrt',
  'batch_norm',
  'max_pool_grad',
]);

/** The outputs by name, every operation rounded by draw `draw`. */
export function evaluateRounding(
  graph: Graph,
  feeds: Readonly<Record<string, TensorData>>,
  draw: number,
): Record<string, TensorData> {
  const lastUse = new Map<NodeId, number>();
  for (const [at, node] of graph.nodes.entries()) for (const input of node.inputs) lastUse.set(input, at);
  for (const { node } of graph.outputs) lastUse.set(node, Number.POSITIVE_INFINITY);
  const values = new Map<NodeId, TensorData>();
  for (const [at, node] of graph.nodes.entries()) {
    if (!lastUse.has(node.id)) continue;
    values.set(node.id, rounded(node, feeds, values, Math.imul(draw, 0x9e3779b1) ^ Math.imul(at + 1, 0x2545f491)));
    for (const input of node.inputs) if (lastUse.get(input) === at) values.delete(input);
  }
  return Object.fromEntries(graph.outputs.map(({ name, node }) => [name, values.get(node)!]));
}

function rounded(
  node: GraphNode,
  feeds: Readonly<Record<string, TensorData>>,
  values: ReadonlyMap<NodeId, TensorData>,
  seed: number,
): TensorData {
  if (node.op === 'input') {
    const feed = feeds[node.attributes.name]!;
    return feed.dtype === 'f32' ? { ...feed, data: Float64Array.from(feed.data) } : feed;
  }
  const exact = node.inputs.map((input) => values.get(input)!);
  const terms = termsOf(node, exact);
  // The sum of n terms in float32, in whatever order, is the exact one of terms moved by about √n units each (Higham and Mary, "A new
  // approach to probabilistic rounding error analysis", SIAM J. Sci. Comput. 41, 2019, theorem 3.1).
  const operands =
    terms === undefined ? exact : exact.map((operand, at) => moved(operand, unit * Math.sqrt(terms), seed + at + 1));
  const steps = stepsOf(node, operands);
  if (steps !== undefined) return evaluateRounding(steps, named(operands), seed)['result']!;
  const result = evaluateOp<OpName>(node.op, operands, node.attributes, node.type, 'f64');
  const units = functions.has(node.op) ? ofFunction : terms !== undefined || arithmetic.has(node.op) ? 1 : 0;
  return units === 0 ? result : moved(result, unit * units, seed);
}

const named = (operands: readonly TensorData[]): Record<string, TensorData> =>
  Object.fromEntries(operands.map((operand, at) => [String(at), operand]));

/**
 * Norms by the batch's own moments, in the steps that engines take: mean and root round once for all samples, and what is zero of exact
 * moments is not of rounded ones. Σ dx of a batch norm's gradient is (a bias before one has no gradient), but r n times the error of mean dy.
 */
function stepsOf(node: GraphNode, operands: readonly TensorData[]): Graph | undefined {
  if (node.op !== 'batch_norm_training' && node.op !== 'batch_norm_grad_input' && node.op !== 'batch_norm_grad_scale') return undefined; // prettier-ignore
  const builder = new GraphBuilder(node.op);
  const m = new Arithmetic(builder);
  const input = (at: number): NodeId => builder.add('input', [], { name: String(at), dtype: 'f32', shape: operands[at]?.shape ?? [] }); // prettier-ignore
  const x = input(node.op === 'batch_norm_training' ? 0 : 1);
  const axes = m
    .shape(x)
    .slice(0, -1)
    .map((_, axis) => axis);
  const mean = (of: NodeId): NodeId => m.op('moment_mean', [of], { axes });
  const centred = m.sub(x, mean(x));
  const root = m.unary('sqrt', m.shift(mean(m.square(centred)), node.attributes.epsilon));
  const rstd = m.div(m.number(1), root);
  const normalised = m.mul(centred, rstd);
  const result = (): NodeId => {
    if (node.op === 'batch_norm_training') return m.add(m.mul(normalised, input(1)), input(2));
    const dy = input(0);
    if (node.op === 'batch_norm_grad_scale') return m.reshape(m.sum(m.mul(dy, normalised), axes, false), node.type.shape); // prettier-ignore
    const along = m.mul(normalised, mean(m.mul(dy, normalised)));
    return m.mul(m.sub(m.sub(dy, mean(dy)), along), m.mul(rstd, input(2)));
  };
  builder.output('result', result());
  return builder.finish();
}

/** How many terms an op adds up for an entry of its result; absent for one that adds none up. */
function termsOf({ op, attributes, type }: GraphNode, operands: readonly TensorData[]): number | undefined {
  const x = operands[0]?.shape ?? [];
  const second = operands[1]?.shape ?? [];
  const count = (shape: readonly number[]): number => shape.reduce((product, extent) => product * extent, 1);
  const along = (axes: readonly number[]): number => count(axes.map((axis) => x[axis] ?? 1));
  switch (op) {
    case 'matmul':
      return x.at(attributes.transposeA ? -2 : -1) ?? 1;
    case 'conv2d':
      return count(second.slice(0, 3));
    case 'conv2d_grad_input':
      return count(second) / (second[2] ?? 1) / attributes.groups;
    case 'conv2d_grad_filter':
      return count(second.slice(0, 3));
    case 'reduce_sum':
    case 'moment_mean':
    case 'moment_rstd':
      return along(attributes.axes);
    case 'cumsum':
    case 'softmax':
    case 'log_softmax':
      return along([attributes.axis]);
    case 'layer_norm':
      return x.at(-1) ?? 1;
    case 'batch_norm_training':
    case 'batch_norm_grad_input':
    case 'batch_norm_grad_scale':
      return count(x.slice(0, -1));
    case 'avg_pool':
    case 'avg_pool_grad':
      return count(attributes.window);
    case 'scatter_add':
    case 'scatter_add_along':
    case 'resize_grad':
      return Math.max(1, count(x) / count(type.shape));
    case 'resize':
      return attributes.method === 'nearest' ? undefined : attributes.method === 'linear' ? 4 : 16;
    default:
      return undefined;
  }
}

/** What an operation computes twice of the same numbers it rounds alike: equal entries stay equal, as where a maximum is taken of them. */
function moved(value: TensorData, by: number, seed: number): TensorData {
  if (value.dtype !== 'f32') return value;
  const { data } = value;
  const changed = new Float64Array(data.length);
  for (let at = 0; at < changed.length; at++) {
    const entry = data[at]!;
    changed[at] = entry * (1 + by * hashed(entry, seed));
  }
  return { ...value, data: changed };
}

const entryOf = new Float64Array(1);
const bits = new Int32Array(entryOf.buffer);

/** From −1 to 1 by number and seed: the mixer of murmur3 (A. Appleby, public domain). */
function hashed(entry: number, seed: number): number {
  entryOf[0] = entry;
  let mixed = Math.imul(bits[0]! ^ seed, 0xcc9e2d51) ^ Math.imul(bits[1]! + seed, 0x1b873593);
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return (mixed ^ (mixed >>> 16)) / 2 ** 31;
}
