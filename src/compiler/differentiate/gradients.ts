/**
 * Reverse mode: for every op and operand, the gradient of the loss with respect to the operand, given `dy`, the one with respect
 * to the result. A row has one rule an operand, the identity beside it; the last rule serves all further operands, an absent one
 * says that nothing flows. A rule may leave a gradient in the result's shape: the walk sums over what was broadcast.
 *
 * At kinks: relu'(0) = abs'(0) = 0; a tie of max or min belongs to the first operand; tied extrema of a reduction share equally.
 */
import { InternalError } from '../common/invariant.ts';
import type { Arithmetic } from '../ir/arithmetic.ts';
import { broadcastShapes, reducedShape } from '../ir/extents.ts';
import type { NodeId } from '../ir/graph.ts';
import type { OpAttributes, OpName } from '../ir/ops.ts';
import { elementCount } from '../types/dtype.ts';

/** One differentiated call: `y = op(a, b, c, …)`. */
export interface GradientCall<Op extends OpName> {
  readonly m: Arithmetic;
  readonly dy: NodeId;
  readonly y: NodeId;
  readonly a: NodeId;
  readonly b: NodeId;
  readonly c: NodeId;
  readonly d: NodeId;
  readonly inputs: readonly NodeId[];
  readonly attributes: OpAttributes[Op];
  /** Which operand's gradient is wanted. */
  readonly operand: number;
}

export type GradientRule<Op extends OpName> = (call: GradientCall<Op>) => NodeId;

type GradientRules = { readonly [Op in OpName]: readonly (GradientRule<Op> | undefined)[] };

const none: readonly undefined[] = [];

const rules: GradientRules = {
  input: none,
  constant: none,
  iota: none,

  neg: [({ m, dy }) => m.neg(dy)], // (-a)' = -1
  exp: [({ m, dy, y }) => m.mul(dy, y)], // (e^a)' = e^a
  log: [({ m, dy, a }) => m.div(dy, a)], // (log a)' = 1/a
  sqrt: [({ m, dy, y }) => m.div(m.scale(dy, 0.5), y)], // (√a)' = 1/(2√a)
  abs: [({ m, dy, a }) => m.mul(dy, m.unary('sign', a))], // |a|' = sign a
  sign: none,
  sin: [({ m, dy, a }) => m.mul(dy, m.unary('cos', a))], // sin' = cos
  cos: [({ m, dy, a }) => m.neg(m.mul(dy, m.unary('sin', a)))], // cos' = -sin
  acos: [({ m, dy, a }) => m.neg(m.div(dy, m.unary('sqrt', oneMinus(m, m.square(a)))))], // acos' a = -1/√(1 - a²)
  tanh: [({ m, dy, y }) => m.mul(dy, oneMinus(m, m.square(y)))], // tanh' = 1 - tanh²
  sigmoid: [({ m, dy, y }) => m.mul(dy, m.mul(y, oneMinus(m, y)))], // σ' = σ(1 - σ)
  softplus: [({ m, dy, a }) => m.mul(dy, m.unary('sigmoid', a))], // log(1 + e^a)' = σ(a)
  relu: [({ m, dy, y }) => m.mul(dy, m.unary('sign', y))], // 1 where the result is positive
  erf: [({ m, dy, a }) => m.mul(dy, m.scale(gaussian(m, a, 1), 2 / Math.sqrt(Math.PI)))], // erf' a = 2/√π e^(-a²)
  gelu: [geluGradient],
  floor: none,
  ceil: none,
  round: none,
  not: none,
  cast: none, // between element types; f32 → f32 the walk passes on
  stop: none,

  add: [({ dy }) => dy, ({ dy }) => dy],
  sub: [({ dy }) => dy, ({ m, dy }) => m.neg(dy)],
  mul: [({ m, dy, b }) => m.mul(dy, b), ({ m, dy, a }) => m.mul(dy, a)],
  div: [({ m, dy, b }) => m.div(dy, b), ({ m, dy, b, y }) => m.neg(m.mul(dy, m.div(y, b)))], // -a/b² = -(a/b)/b
  pow: [powBaseGradient, powExponentGradient],
  max: [({ m, dy, a, b }) => m.where(m.binary('ge', a, b), dy), ({ m, dy, a, b }) => m.where(m.binary('lt', a, b), dy)],
  min: [({ m, dy, a, b }) => m.where(m.binary('le', a, b), dy), ({ m, dy, a, b }) => m.where(m.binary('gt', a, b), dy)],
  atan2: [
    ({ m, dy, a, b }) => m.mul(dy, m.div(b, sumOfSquares(m, a, b))), // ∂/∂a atan2(a, b) = b/(a² + b²)
    ({ m, dy, a, b }) => m.neg(m.mul(dy, m.div(a, sumOfSquares(m, a, b)))), // ∂/∂b = -a/(a² + b²)
  ],
  eq: none,
  ne: none,
  lt: none,
  le: none,
  gt: none,
  ge: none,
  and: none,
  or: none,
  select: [undefined, ({ m, dy, a }) => m.where(a, dy), ({ m, dy, a }) => m.whereNot(a, dy)],

  matmul: [matmulLeftGradient, matmulRightGradient],
  // The three convolutions are the three readings of one trilinear form <y, x * f>: each is the gradient of the others.
  conv2d: [
    ({ m, dy, a, b, attributes }) => m.op('conv2d_grad_input', [dy, b], { ...attributes, inputShape: m.shape(a) }),
    ({ m, dy, a, b, attributes }) => m.op('conv2d_grad_filter', [a, dy], { ...attributes, filterShape: m.shape(b) }),
  ],
  conv2d_grad_input: [
    ({ m, dy, b, attributes }) => m.op('conv2d', [dy, b], convolution(attributes)),
    ({ m, dy, a, b, attributes }) =>
      m.op('conv2d_grad_filter', [dy, a], { ...convolution(attributes), filterShape: m.shape(b) }),
  ],
  conv2d_grad_filter: [
    ({ m, dy, a, b, attributes }) =>
      m.op('conv2d_grad_input', [b, dy], { ...convolution(attributes), inputShape: m.shape(a) }),
    ({ m, dy, a, attributes }) => m.op('conv2d', [a, dy], convolution(attributes)),
  ],
  max_pool: [({ m, dy, a, attributes }) => m.op('max_pool_grad', [a, dy], attributes)],
  max_pool_grad: [undefined, noSecondGradient('max_pool_grad')],
  avg_pool: [({ m, dy, a, attributes }) => m.op('avg_pool_grad', [dy], { ...attributes, inputShape: m.shape(a) })],
  avg_pool_grad: [
    ({ m, dy, attributes: { window, stride, padding } }) => m.op('avg_pool', [dy], { window, stride, padding }),
  ],

  reduce_sum: [({ m, dy, a, attributes }) => m.broadcast(kept(m, dy, a, attributes.axes), m.shape(a))],
  reduce_max: [extremumGradient],
  reduce_min: [extremumGradient],
  argmax: none,
  cumsum: [({ m, dy, attributes }) => m.op('cumsum', [dy], { ...attributes, reverse: !attributes.reverse })], // transpose of a triangle
  softmax: [({ m, dy, y, attributes: { axis } }) => m.mul(y, m.sub(dy, m.sum(m.mul(dy, y), [axis], true)))], // y(dy - Σ dy y)
  log_softmax: [
    ({ m, dy, y, attributes: { axis } }) => m.sub(dy, m.mul(m.unary('exp', y), m.sum(dy, [axis], true))), // dy - e^y Σ dy
  ],
  moment_mean: [({ m, dy, a, attributes: { axes } }) => m.broadcast(mean(m, dy, a, axes), m.shape(a))],
  moment_rstd: [rstdGradient],
  layer_norm: [
    layerNormGradient,
    ({ m, dy, a, attributes }) => m.mul(dy, normalised(m, a, attributes)),
    ({ dy }) => dy,
  ],
  // y = (a - b) c d + e, that is (x - μ) r s + bias; sums over the batch come before the scaling.
  batch_norm: [
    ({ m, dy, c, d }) => m.mul(dy, m.mul(c, d)),
    ({ m, dy, b, c, d }) => m.neg(m.mul(sumTo(m, dy, [b, c, d]), m.mul(c, d))),
    ({ m, dy, a, b, c, d }) => m.mul(sumTo(m, m.mul(dy, m.sub(a, b)), [b, c, d]), d),
    ({ m, dy, a, b, c, d }) => m.mul(sumTo(m, m.mul(dy, m.sub(a, b)), [b, c, d]), c),
    ({ dy }) => dy,
  ],
  batch_norm_training: [
    ({ m, dy, a, b, attributes }) => m.op('batch_norm_grad_input', [dy, a, b], attributes),
    ({ m, dy, a, attributes }) => m.op('batch_norm_grad_scale', [dy, a], attributes),
    ({ dy }) => dy,
  ],
  batch_norm_grad_input: [
    noSecondGradient('batch_norm_grad_input'),
    noSecondGradient('batch_norm_grad_input'),
    noSecondGradient('batch_norm_grad_input'),
  ],
  batch_norm_grad_scale: [noSecondGradient('batch_norm_grad_scale'), noSecondGradient('batch_norm_grad_scale')],
  top_k_values: [
    ({ m, dy, a, attributes }) => {
      const axis = m.shape(a).length - 1;
      const size = m.shape(a)[axis] ?? 1;
      return m.op('scatter_add_along', [dy, m.op('top_k_indices', [a], attributes)], { axis, size });
    },
  ],
  top_k_indices: none,

  // What only moves elements moves them back.
  reshape: [({ m, dy, a }) => m.reshape(dy, m.shape(a))],
  transpose: [
    ({ m, dy, attributes: { permutation } }) =>
      m.transpose(
        dy,
        permutation.map((_, axis) => permutation.indexOf(axis)),
      ),
  ],
  broadcast: [({ dy }) => dy],
  slice: [
    ({ m, dy, a, attributes: { starts, sizes } }) => {
      const after = m.shape(a).map((extent, axis) => extent - (starts[axis] ?? 0) - (sizes[axis] ?? 0));
      return m.op('pad', [dy], { before: starts, after, value: 0 });
    },
  ],
  pad: [({ m, dy, a, attributes: { before } }) => m.op('slice', [dy], { starts: before, sizes: m.shape(a) })],
  concat: [concatGradient],
  reverse: [({ m, dy, attributes }) => m.op('reverse', [dy], attributes)],

  gather: [
    ({ m, dy, a, b, attributes: { axis } }) => m.op('scatter_add', [dy, b], { axis, size: m.shape(a)[axis] ?? 1 }),
  ],
  scatter_add: [({ m, dy, b, attributes: { axis } }) => m.op('gather', [dy, b], { axis })],
  gather_along: [
    ({ m, dy, a, b, attributes: { axis } }) =>
      m.op('scatter_add_along', [dy, b], { axis, size: m.shape(a)[axis] ?? 1 }),
  ],
  scatter_add_along: [({ m, dy, b, attributes: { axis } }) => m.op('gather_along', [dy, b], { axis })],
  one_hot: none,

  resize: [({ m, dy, a, attributes }) => m.op('resize_grad', [dy], { ...attributes, inputShape: m.shape(a) })],
  resize_grad: [({ m, dy, attributes: { height, width, method } }) => m.op('resize', [dy], { height, width, method })],
};

/** Operands without a rule for them (indices, conditions) and ops without rows get no gradient. */
export function gradientRule<Op extends OpName>(op: Op, operand: number): GradientRule<Op> | undefined {
  const row: readonly (GradientRule<Op> | undefined)[] = rules[op];
  if (op === 'concat') return row[0];
  return row[operand];
}

// ── rules of more than a line ────────────────────────────────────────

/** (a Φ(a))' = Φ(a) + a φ(a), Φ shared with the forward pass by the optimiser (`open-gelu`). */
function geluGradient({ m, dy, a }: GradientCall<'gelu'>): NodeId {
  const density = m.scale(gaussian(m, a, 0.5), 1 / Math.sqrt(2 * Math.PI));
  return m.mul(dy, m.add(m.normalCumulative(a), m.mul(a, density)));
}

/** ∂/∂a a^b = b a^(b-1) */
function powBaseGradient({ m, dy, a, b }: GradientCall<'pow'>): NodeId {
  return m.mul(dy, m.mul(b, m.binary('pow', a, m.shift(b, -1))));
}

/** ∂/∂b a^b = a^b log a, and 0 where a <= 0 (the limit at 0 for b > 0; below it there is none). */
function powExponentGradient({ m, dy, y, a }: GradientCall<'pow'>): NodeId {
  const positive = m.binary('gt', a, m.number(0));
  const safe = m.op('select', [positive, a, m.number(1)], {});
  return m.mul(dy, m.where(positive, m.mul(y, m.unary('log', safe))));
}

/** With A and B as they enter the product: dA = dC Bᵀ, and its transpose B dCᵀ where a is stored transposed. */
function matmulLeftGradient({ m, dy, a, b, attributes }: GradientCall<'matmul'>): NodeId {
  const { transposeA, transposeB } = attributes;
  if (!transposeA) return m.matmul(dy, b, false, !transposeB);
  if (m.shape(a).length === m.shape(b).length) return m.matmul(b, dy, transposeB, true);
  return m.swapLastTwo(m.matmul(dy, b, false, !transposeB));
}

/** dB = Aᵀ dC, and its transpose dCᵀ A where b is stored transposed. A matrix shared by a stack sees the stack's rows as one. */
function matmulRightGradient({ m, dy, a, b, attributes }: GradientCall<'matmul'>): NodeId {
  const { transposeA, transposeB } = attributes;
  if (m.shape(a).length === m.shape(b).length) {
    return transposeB ? m.matmul(dy, a, true, transposeA) : m.matmul(a, dy, !transposeA, false);
  }
  const left = rowsOf(m, transposeA ? m.swapLastTwo(a) : a);
  const right = rowsOf(m, dy);
  return transposeB ? m.matmul(right, left, true, false) : m.matmul(left, right, true, false);
}

/** The maxima (minima) of each reduced set share its gradient equally. */
function extremumGradient({ m, dy, y, a, attributes }: GradientCall<'reduce_max' | 'reduce_min'>): NodeId {
  const { axes } = attributes;
  const chosen = m.op('cast', [m.binary('eq', a, kept(m, y, a, axes))], { dtype: 'f32' });
  return m.mul(chosen, m.div(kept(m, dy, a, axes), m.sum(chosen, axes, true)));
}

/** r = (σ² + ε)^(-1/2): dx = -dr r³ (x - μ) / n */
function rstdGradient({ m, dy, y, a, attributes: { axes } }: GradientCall<'moment_rstd'>): NodeId {
  const centred = m.sub(a, m.op('moment_mean', [a], { axes }));
  return m.neg(m.mul(mean(m, m.mul(dy, m.mul(y, m.square(y))), a, axes), centred));
}

/** dx = r (g - mean g - x̂ mean(g x̂)), g = dy · scale, means over the last dimension (Ba, Kiros & Hinton 2016). */
function layerNormGradient({ m, dy, a, b, attributes }: GradientCall<'layer_norm'>): NodeId {
  const axes = [m.shape(a).length - 1];
  const g = m.mul(dy, b);
  const hat = normalised(m, a, attributes);
  const meanOf = (x: NodeId): NodeId => m.op('moment_mean', [x], { axes });
  const rstd = m.op('moment_rstd', [a], { axes, epsilon: attributes.epsilon });
  return m.mul(rstd, m.sub(m.sub(g, meanOf(g)), m.mul(hat, meanOf(m.mul(g, hat)))));
}

/** x̂ = (x - μ) r over the last dimension. */
function normalised(m: Arithmetic, x: NodeId, { epsilon }: OpAttributes['layer_norm']): NodeId {
  const axes = [m.shape(x).length - 1];
  const centred = m.sub(x, m.op('moment_mean', [x], { axes }));
  return m.mul(centred, m.op('moment_rstd', [x], { axes, epsilon }));
}

/** Each operand's part of dy. */
function concatGradient({ m, dy, inputs, operand, attributes: { axis } }: GradientCall<'concat'>): NodeId {
  const before = inputs.slice(0, operand).reduce((sum, input) => sum + (m.shape(input)[axis] ?? 0), 0);
  const sizes = m.shape(inputs[operand] ?? 0);
  return m.op('slice', [dy], { starts: sizes.map((_, at) => (at === axis ? before : 0)), sizes });
}

/** Better than a silent zero: nothing in the language differentiates a gradient of these. */
function noSecondGradient(op: OpName): () => never {
  return () => {
    throw new InternalError(`${op} cannot be differentiated`);
  };
}

// ── pieces ───────────────────────────────────────────────────────────

function oneMinus(m: Arithmetic, x: NodeId): NodeId {
  return m.sub(m.number(1), x);
}

function sumOfSquares(m: Arithmetic, a: NodeId, b: NodeId): NodeId {
  return m.add(m.square(a), m.square(b));
}

/** e^(-rate · x²) */
function gaussian(m: Arithmetic, x: NodeId, rate: number): NodeId {
  return m.unary('exp', m.scale(m.square(x), -rate));
}

/** A reduced tensor with the reduced axes back as extent 1. */
function kept(m: Arithmetic, reduced: NodeId, x: NodeId, axes: readonly number[]): NodeId {
  return m.reshape(reduced, reducedShape(m.shape(x), axes, true));
}

/** dy / n, n the number of elements of x that one mean takes. */
function mean(m: Arithmetic, dy: NodeId, x: NodeId, axes: readonly number[]): NodeId {
  return m.scale(dy, 1 / elementCount(axes.map((axis) => m.shape(x)[axis] ?? 1)));
}

/** Sums to the smallest shape that these operands vary over. */
function sumTo(m: Arithmetic, x: NodeId, operands: readonly NodeId[]): NodeId {
  return m.reduceTo(x, broadcastShapes(...operands.map((operand) => m.shape(operand))));
}

/** [.., k] as [rows, k] */
function rowsOf(m: Arithmetic, x: NodeId): NodeId {
  const shape = m.shape(x);
  const columns = shape.at(-1) ?? 1;
  return m.reshape(x, [elementCount(shape) / columns, columns]);
}

function convolution({ stride, padding, dilation, groups }: OpAttributes['conv2d']): OpAttributes['conv2d'] {
  return { stride, padding, dilation, groups };
}
