/**
 * The type of every op's result, as a table over the ops. A fault here is ours: what a user can get wrong is caught by the
 * checker before there is a graph, so illegal operands throw InternalError.
 *
 * Everywhere: extents are whole and at least 1, axes count from 0 and are named once.
 */
import { InternalError, invariant } from '../common/invariant.ts';
import { elementCount, sameShape, type DType, type Shape } from '../types/dtype.ts';
import { broadcastShapes, broadcastsTo, reducedShape, windowCount, withExtent } from './extents.ts';
import type { TensorType } from './graph.ts';
import type { OpAttributes, OpName } from './ops.ts';
import { formatType } from './tensor-type.ts';

/** Result type of `op` on operands of these types. Throws InternalError, naming op and operands, where they are illegal. */
export function inferType<Op extends OpName>(
  op: Op,
  operandTypes: readonly TensorType[],
  attributes: OpAttributes[Op],
): TensorType {
  try {
    const type = rules[op](operandTypes, attributes);
    legalShape(type.shape);
    return type;
  } catch (error) {
    if (!(error instanceof InternalError)) throw error;
    throw new InternalError(
      `${op}(${operandTypes.map(formatType).join(', ')}) ${brief(attributes)}is illegal: ${error.message}`,
    );
  }
}

type Operands = readonly TensorType[];

type InferenceRules = { readonly [Op in OpName]: (operands: Operands, attributes: OpAttributes[Op]) => TensorType };

const float: readonly DType[] = ['f32'];
const number: readonly DType[] = ['f32', 'i32'];
const boolean: readonly DType[] = ['bool'];
const computed: readonly DType[] = ['f32', 'i32', 'bool'];
const any: readonly DType[] = ['f32', 'i32', 'bool', 'u8'];

const rules: InferenceRules = {
  input: (operands, { dtype, shape }) => leaf(operands, dtype, shape),
  constant: (operands, { dtype, shape, values }) => {
    const count = elementCount(shape);
    invariant(values.length === 1 || values.length === count, `${count} or 1 values expected, ${values.length} found`);
    return leaf(operands, dtype, shape);
  },
  iota: (operands, { shape, axis }) => {
    legalAxis(axis, shape);
    return leaf(operands, 'i32', shape);
  },

  neg: unary(number),
  exp: unary(float),
  log: unary(float),
  sqrt: unary(float),
  abs: unary(number),
  sign: unary(number),
  sin: unary(float),
  cos: unary(float),
  acos: unary(float),
  tanh: unary(float),
  sigmoid: unary(float),
  softplus: unary(float),
  relu: unary(number),
  erf: unary(float),
  floor: unary(float),
  ceil: unary(float),
  round: unary(float),
  not: unary(boolean),
  gelu: unary(float),
  cast: (operands, { dtype }) => ({ dtype, shape: one(operands, any).shape }),
  stop: unary(any),

  add: binary(number),
  sub: binary(number),
  mul: binary(number),
  div: binary(number),
  pow: binary(float),
  max: binary(number),
  min: binary(number),
  atan2: binary(float),
  eq: binary(computed, 'bool'),
  ne: binary(computed, 'bool'),
  lt: binary(number, 'bool'),
  le: binary(number, 'bool'),
  gt: binary(number, 'bool'),
  ge: binary(number, 'bool'),
  and: binary(boolean),
  or: binary(boolean),
  select: (operands) => {
    const [condition, a, b] = three(operands);
    hasType(condition, boolean, 'the condition');
    hasType(a, computed, 'the first value');
    sameDType(a, b);
    return { dtype: a.dtype, shape: broadcastShapes(condition.shape, a.shape, b.shape) };
  },

  matmul: (operands, { transposeA, transposeB }) => {
    const [a, b] = two(operands, float);
    const lead = a.shape.slice(0, -2);
    invariant(a.shape.length >= 2 && b.shape.length >= 2, 'operands of rank 2 or more expected');
    invariant(
      b.shape.length === 2 || sameShape(lead, b.shape.slice(0, -2)),
      'leading dimensions must be equal, or the second operand a matrix',
    );
    const [rows, inner] = lastTwo(a.shape, transposeA);
    const [inner2, columns] = lastTwo(b.shape, transposeB);
    invariant(inner === inner2, `inner extents ${inner} and ${inner2} differ`);
    return { dtype: 'f32', shape: [...lead, rows, columns] };
  },
  conv2d: (operands, convolution) => {
    const [x, filter] = two(operands, float);
    return { dtype: 'f32', shape: convolutionShape(x.shape, filter.shape, convolution) };
  },
  conv2d_grad_input: (operands, attributes) => {
    const [dy, filter] = two(operands, float);
    exactShape(dy, convolutionShape(attributes.inputShape, filter.shape, attributes));
    return { dtype: 'f32', shape: attributes.inputShape };
  },
  conv2d_grad_filter: (operands, attributes) => {
    const [x, dy] = two(operands, float);
    exactShape(dy, convolutionShape(x.shape, attributes.filterShape, attributes));
    return { dtype: 'f32', shape: attributes.filterShape };
  },
  max_pool: (operands, pooling) => ({ dtype: 'f32', shape: pooledShape(one(operands, float).shape, pooling) }),
  max_pool_grad: (operands, pooling) => {
    const [x, dy] = two(operands, float);
    exactShape(dy, pooledShape(x.shape, pooling));
    return x;
  },
  avg_pool: (operands, pooling) => ({ dtype: 'f32', shape: pooledShape(one(operands, float).shape, pooling) }),
  avg_pool_grad: (operands, attributes) => {
    exactShape(one(operands, float), pooledShape(attributes.inputShape, attributes));
    return { dtype: 'f32', shape: attributes.inputShape };
  },

  reduce_sum: reduction,
  reduce_max: reduction,
  reduce_min: reduction,
  argmax: (operands, { axis }) => {
    const { shape } = one(operands, number);
    legalAxis(axis, shape);
    return { dtype: 'i32', shape: reducedShape(shape, [axis], false) };
  },
  cumsum: alongAxis(number),
  softmax: alongAxis(float),
  log_softmax: alongAxis(float),
  moment_mean: moment,
  moment_rstd: moment,
  layer_norm: (operands) => {
    const [x, scale, bias] = three(operands, float);
    const width = channelsOf(x);
    exactShape(scale, width);
    exactShape(bias, width);
    return x;
  },
  batch_norm: (operands) => {
    const [x, ...statistics] = exactly(operands, 5);
    invariant(x, 'an operand expected');
    hasType(x, float, 'the operand');
    for (const statistic of statistics) {
      hasType(statistic, float, 'a statistic');
      invariant(broadcastsTo(statistic.shape, x.shape), `${formatType(statistic)} does not broadcast to the operand`);
    }
    return x;
  },
  batch_norm_training: (operands) => {
    const [x, scale, bias] = three(operands, float);
    const channels = channelsOf(x);
    exactShape(scale, channels);
    exactShape(bias, channels);
    return x;
  },
  batch_norm_grad_input: (operands) => {
    const [dy, x, scale] = three(operands, float);
    exactShape(dy, x.shape);
    exactShape(scale, channelsOf(x));
    return x;
  },
  batch_norm_grad_scale: (operands) => {
    const [dy, x] = two(operands, float);
    exactShape(dy, x.shape);
    return { dtype: 'f32', shape: channelsOf(x) };
  },
  top_k_values: (operands, { k }) => topK(operands, k),
  top_k_indices: (operands, { k }) => ({ dtype: 'i32', shape: topK(operands, k).shape }),

  reshape: (operands, { shape }) => {
    const x = one(operands, any);
    if (elementCount(x.shape) === elementCount(shape)) return { dtype: x.dtype, shape };
    throw new InternalError(`[${shape.join(',')}] has another number of elements`);
  },
  transpose: (operands, { permutation }) => {
    const x = one(operands, any);
    invariant(permutation.length === x.shape.length, `a permutation of ${x.shape.length} axes expected`);
    legalAxes(permutation, x.shape);
    return { dtype: x.dtype, shape: permutation.map((axis) => x.shape[axis] ?? 1) };
  },
  broadcast: (operands, { shape }) => {
    const x = one(operands, any);
    if (broadcastsTo(x.shape, shape)) return { dtype: x.dtype, shape };
    throw new InternalError(`it does not broadcast to [${shape.join(',')}]`);
  },
  slice: (operands, { starts, sizes }) => {
    const x = one(operands, any);
    const rank = x.shape.length;
    invariant(starts.length === rank && sizes.length === rank, `${rank} starts and sizes expected`);
    for (const [axis, extent] of x.shape.entries()) {
      const start = starts[axis] ?? 0;
      const size = sizes[axis] ?? 0;
      const inside = Number.isInteger(start) && Number.isInteger(size) && start >= 0 && size >= 1;
      invariant(
        inside && start + size <= extent,
        `${start} .. ${start + size} exceeds axis ${axis} of extent ${extent}`,
      );
    }
    return { dtype: x.dtype, shape: sizes };
  },
  pad: (operands, { before, after }) => {
    const x = one(operands, any);
    const rank = x.shape.length;
    invariant(before.length === rank && after.length === rank, `${rank} pads before and after expected`);
    legalCounts([...before, ...after], 0, 'pads');
    return { dtype: x.dtype, shape: x.shape.map((extent, axis) => extent + (before[axis] ?? 0) + (after[axis] ?? 0)) };
  },
  concat: (operands, { axis }) => {
    const [first, ...others] = operands;
    invariant(first, 'an operand expected');
    legalAxis(axis, first.shape);
    let extent = first.shape[axis] ?? 1;
    for (const other of others) {
      sameDType(first, other);
      const own = other.shape[axis] ?? 1;
      exactShape(other, withExtent(first.shape, axis, own));
      extent += own;
    }
    return { dtype: first.dtype, shape: withExtent(first.shape, axis, extent) };
  },
  reverse: (operands, { axes }) => {
    const x = one(operands, any);
    legalAxes(axes, x.shape);
    return x;
  },

  gather: (operands, { axis }) => {
    const [x, indices] = indexed(operands, any);
    legalAxis(axis, x.shape);
    return { dtype: x.dtype, shape: [...x.shape.slice(0, axis), ...indices.shape, ...x.shape.slice(axis + 1)] };
  },
  scatter_add: (operands, { axis, size }) => {
    const [updates, indices] = indexed(operands, float);
    const rest = updates.shape.length - indices.shape.length;
    invariant(Number.isInteger(axis) && axis >= 0 && axis <= rest, `axis ${axis} of ${rest + 1}`);
    invariant(
      sameShape(updates.shape.slice(axis, axis + indices.shape.length), indices.shape),
      `the updates must have the indices' dimensions from axis ${axis} on`,
    );
    const after = updates.shape.slice(axis + indices.shape.length);
    return { dtype: updates.dtype, shape: [...updates.shape.slice(0, axis), size, ...after] };
  },
  gather_along: (operands, { axis }) => {
    const [x, indices] = indexed(operands, any);
    legalAxis(axis, x.shape);
    exactShape(indices, withExtent(x.shape, axis, indices.shape[axis] ?? 1));
    return { dtype: x.dtype, shape: indices.shape };
  },
  scatter_add_along: (operands, { axis, size }) => {
    const [updates, indices] = indexed(operands, float);
    legalAxis(axis, updates.shape);
    exactShape(indices, updates.shape);
    return { dtype: updates.dtype, shape: withExtent(updates.shape, axis, size) };
  },
  one_hot: (operands, { depth }) => ({ dtype: 'f32', shape: [...one(operands, ['i32']).shape, depth] }),

  resize: (operands, { height, width }) => {
    const [batch, , , channels] = image(one(operands, float).shape);
    return { dtype: 'f32', shape: [batch, height, width, channels] };
  },
  resize_grad: (operands, { height, width, inputShape }) => {
    const [batch, , , channels] = image(inputShape);
    exactShape(one(operands, float), [batch, height, width, channels]);
    return { dtype: 'f32', shape: inputShape };
  },
};

/** Whether the vocabulary has this word. */
export function isOpName(word: string): word is OpName {
  return Object.hasOwn(rules, word);
}

// ── families ─────────────────────────────────────────────────────────

function leaf(operands: Operands, dtype: DType, shape: Shape): TensorType {
  exactly(operands, 0);
  return { dtype, shape };
}

function unary(dtypes: readonly DType[]): (operands: Operands) => TensorType {
  return (operands) => one(operands, dtypes);
}

function binary(dtypes: readonly DType[], result?: DType): (operands: Operands) => TensorType {
  return (operands) => {
    const [a, b] = two(operands);
    hasType(a, dtypes, 'the first operand');
    sameDType(a, b);
    return { dtype: result ?? a.dtype, shape: broadcastShapes(a.shape, b.shape) };
  };
}

function reduction(operands: Operands, { axes, keep }: OpAttributes['reduce_sum']): TensorType {
  const x = one(operands, number);
  legalAxes(axes, x.shape);
  return { dtype: x.dtype, shape: reducedShape(x.shape, axes, keep) };
}

function moment(operands: Operands, { axes }: { readonly axes: readonly number[] }): TensorType {
  const x = one(operands, float);
  legalAxes(axes, x.shape);
  return { dtype: 'f32', shape: reducedShape(x.shape, axes, true) };
}

function alongAxis(dtypes: readonly DType[]): (operands: Operands, { axis }: { readonly axis: number }) => TensorType {
  return (operands, { axis }) => {
    const x = one(operands, dtypes);
    legalAxis(axis, x.shape);
    return x;
  };
}

function topK(operands: Operands, k: number): TensorType {
  const x = one(operands, number);
  const last = x.shape.at(-1) ?? 0;
  invariant(Number.isInteger(k) && k >= 1 && k <= last, `k = ${k} of ${last}`);
  return { dtype: x.dtype, shape: [...x.shape.slice(0, -1), k] };
}

function convolutionShape(x: Shape, filter: Shape, convolution: OpAttributes['conv2d']): Shape {
  const { stride, padding, dilation, groups } = convolution;
  const [batch, height, width, channels] = image(x);
  const [filterHeight, filterWidth, groupChannels, outputs] = image(filter);
  legalCounts([...stride, ...dilation, groups], 1, 'stride, dilation and groups');
  legalCounts(padding, 0, 'padding');
  invariant(
    channels === groupChannels * groups && outputs % groups === 0,
    `${channels} channels, ${groups} groups and a filter [${filter.join(',')}] do not fit`,
  );
  const [top, bottom, left, right] = padding;
  return [
    batch,
    windowCount(height, filterHeight, stride[0], dilation[0], top + bottom),
    windowCount(width, filterWidth, stride[1], dilation[1], left + right),
    outputs,
  ];
}

function pooledShape(x: Shape, { window, stride, padding }: OpAttributes['max_pool']): Shape {
  const [batch, height, width, channels] = image(x);
  const [top, bottom, left, right] = padding;
  legalCounts([...window, ...stride], 1, 'window and stride');
  legalCounts(padding, 0, 'padding');
  // Otherwise a window could lie in the padding alone, which has neither maximum nor mean.
  invariant(Math.max(top, bottom) < window[0] && Math.max(left, right) < window[1], 'padding reaches the window');
  return [
    batch,
    windowCount(height, window[0], stride[0], 1, top + bottom),
    windowCount(width, window[1], stride[1], 1, left + right),
    channels,
  ];
}

// ── what operands must be ────────────────────────────────────────────

function exactly(operands: Operands, count: number): Operands {
  if (operands.length === count) return operands;
  throw new InternalError(`${count} operands expected, ${operands.length} found`);
}

function one(operands: Operands, dtypes: readonly DType[]): TensorType {
  const [x] = exactly(operands, 1);
  invariant(x, 'an operand expected');
  hasType(x, dtypes, 'the operand');
  return x;
}

function two(operands: Operands, dtypes: readonly DType[] = any): readonly [TensorType, TensorType] {
  const [a, b] = exactly(operands, 2);
  invariant(a && b, 'two operands expected');
  hasType(a, dtypes, 'the first operand');
  hasType(b, dtypes, 'the second operand');
  return [a, b];
}

function three(operands: Operands, dtypes: readonly DType[] = any): readonly [TensorType, TensorType, TensorType] {
  const [a, b, c] = exactly(operands, 3);
  invariant(a && b && c, 'three operands expected');
  hasType(a, dtypes, 'the first operand');
  hasType(b, dtypes, 'the second operand');
  hasType(c, dtypes, 'the third operand');
  return [a, b, c];
}

function indexed(operands: Operands, dtypes: readonly DType[]): readonly [TensorType, TensorType] {
  const [x, indices] = two(operands);
  hasType(x, dtypes, 'the first operand');
  hasType(indices, ['i32'], 'the indices');
  return [x, indices];
}

function hasType(type: TensorType, dtypes: readonly DType[], what: string): void {
  if (!dtypes.includes(type.dtype)) throw new InternalError(`${what} must be ${dtypes.join(' or ')}`);
}

function sameDType(a: TensorType, b: TensorType): void {
  if (a.dtype !== b.dtype) throw new InternalError(`element types ${a.dtype} and ${b.dtype} differ`);
}

function exactShape(type: TensorType, shape: Shape): void {
  if (sameShape(type.shape, shape)) return;
  throw new InternalError(`[${shape.join(',')}] expected, [${type.shape.join(',')}] found`);
}

/** The last dimension alone, which a norm scales along. */
function channelsOf({ shape }: TensorType): Shape {
  invariant(shape.length > 0, 'an operand of rank 1 or more expected');
  return shape.slice(-1);
}

function image(shape: Shape): readonly [number, number, number, number] {
  const [a, b, c, d] = shape;
  if (shape.length === 4 && a && b && c && d) return [a, b, c, d];
  throw new InternalError(`four dimensions expected, [${shape.join(',')}] found`);
}

function lastTwo(shape: Shape, transposed: boolean): readonly [number, number] {
  const rows = shape.at(-2) ?? 1;
  const columns = shape.at(-1) ?? 1;
  return transposed ? [columns, rows] : [rows, columns];
}

function legalAxis(axis: number, shape: Shape): void {
  if (Number.isInteger(axis) && axis >= 0 && axis < shape.length) return;
  throw new InternalError(`axis ${axis} of rank ${shape.length}`);
}

function legalAxes(axes: readonly number[], shape: Shape): void {
  for (const axis of axes) legalAxis(axis, shape);
  if (new Set(axes).size !== axes.length) throw new InternalError(`an axis is named twice in [${axes.join(',')}]`);
}

function legalShape(shape: Shape): void {
  legalCounts(shape, 1, 'extents of the result');
}

function legalCounts(counts: readonly number[], least: number, what: string): void {
  for (const count of counts) {
    if (Number.isInteger(count) && count >= least) continue;
    throw new InternalError(`${what} must be whole and at least ${least}, found ${count}`);
  }
}

function brief(attributes: object): string {
  const text = JSON.stringify(attributes);
  return text === '{}' ? '' : `${text.length > 200 ? `${text.slice(0, 200)}…` : text} `;
}
