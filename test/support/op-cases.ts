/** Random legal calls of every op: operands away from kinks, attributes, as a table over the vocabulary. */
import type { OpAttributes, OpName } from '../../src/compiler/ir/ops.ts';
import { windowCount } from '../../src/compiler/ir/extents.ts';
import type { TestInput } from './finite-differences.ts';
import { draws, spread, type Random } from './random.ts';

export interface OpCase<Op extends OpName = OpName> {
  readonly inputs: readonly TestInput[];
  readonly attributes: OpAttributes[Op];
}

type OpCases = { readonly [Op in OpName]: (random: Random) => OpCase<Op> };

export function randomCase(op: OpName, random: Random): OpCase {
  return opCases[op](random);
}

const opCases: OpCases = {
  input: (random) => ({ inputs: [], attributes: { name: 'leaf', dtype: 'f32', shape: random.shape(2) } }),
  constant: (random) => {
    const shape = random.shape(random.integer(0, 4));
    return { inputs: [], attributes: { dtype: 'f32', shape, values: random.values(shape, draws.any) } };
  },
  iota: (random) => {
    const shape = random.shape(random.integer(1, 4));
    return { inputs: [], attributes: { shape, axis: random.integer(0, shape.length - 1) } };
  },

  neg: unary(draws.any),
  exp: unary(draws.any),
  log: unary(draws.positive),
  sqrt: unary(draws.positive),
  abs: unary(draws.signed),
  sign: unary(draws.signed),
  sin: unary(draws.any),
  cos: unary(draws.any),
  acos: unary(draws.inside),
  tanh: unary(draws.any),
  sigmoid: unary(draws.any),
  softplus: unary(draws.any),
  relu: unary(draws.signed),
  erf: unary(draws.any),
  gelu: unary(draws.any),
  floor: unary((random) => random.integer(-3, 3) + random.uniform(0.1, 0.4)),
  ceil: unary((random) => random.integer(-3, 3) + random.uniform(0.1, 0.4)),
  round: unary((random) => random.integer(-3, 3) + random.uniform(0.1, 0.4)),
  not: unary((random) => random.integer(0, 1), 'bool'),
  cast: (random) => ({ inputs: [anything(random)], attributes: { dtype: 'f32' } }),
  stop: unary(draws.any),

  add: binary(draws.any, draws.any),
  sub: binary(draws.any, draws.any),
  mul: binary(draws.any, draws.any),
  div: binary(draws.any, draws.signed),
  pow: binary(draws.positive, draws.any),
  max: apart,
  min: apart,
  atan2: binary(draws.signed, draws.signed),
  eq: apart,
  ne: apart,
  lt: apart,
  le: apart,
  gt: apart,
  ge: apart,
  and: binary(bit, bit, 'bool'),
  or: binary(bit, bit, 'bool'),
  select: (random) => {
    const shape = random.shape(random.integer(0, 4));
    const operand = (): number[] => random.broadcastable(shape);
    const [c, a, b] = [operand(), operand(), operand()];
    return {
      inputs: [
        { dtype: 'bool', shape: c, values: random.values(c, bit) },
        { shape: a, values: random.values(a, draws.any) },
        { shape: b, values: random.values(b, draws.any) },
      ],
      attributes: {},
    };
  },

  matmul: (random) => {
    const [rows, inner, columns] = [random.integer(1, 4), random.integer(1, 4), random.integer(1, 4)];
    const lead = random.shape(random.integer(0, 3), 3);
    const transposeA = random.chance(0.5);
    const transposeB = random.chance(0.5);
    const a = [...lead, ...(transposeA ? [inner, rows] : [rows, inner])];
    const b = [...(random.chance(0.4) ? [] : lead), ...(transposeB ? [columns, inner] : [inner, columns])];
    return { inputs: [float(random, a), float(random, b)], attributes: { transposeA, transposeB } };
  },
  conv2d: (random) => {
    const { x, filter, attributes } = convolution(random);
    return { inputs: [float(random, x), float(random, filter)], attributes };
  },
  conv2d_grad_input: (random) => {
    const { x, filter, y, attributes } = convolution(random);
    return { inputs: [float(random, y), float(random, filter)], attributes: { ...attributes, inputShape: x } };
  },
  conv2d_grad_filter: (random) => {
    const { x, filter, y, attributes } = convolution(random);
    return { inputs: [float(random, x), float(random, y)], attributes: { ...attributes, filterShape: filter } };
  },
  max_pool: (random) => {
    const { x, attributes } = pooling(random);
    return { inputs: [{ shape: x, values: spread(random, x) }], attributes };
  },
  max_pool_grad: (random) => {
    const { x, y, attributes } = pooling(random);
    return { inputs: [{ shape: x, values: spread(random, x) }, float(random, y)], attributes };
  },
  avg_pool: (random) => {
    const { x, attributes } = pooling(random);
    return { inputs: [float(random, x)], attributes };
  },
  avg_pool_grad: (random) => {
    const { x, y, attributes } = pooling(random);
    return { inputs: [float(random, y)], attributes: { ...attributes, inputShape: x } };
  },

  reduce_sum: reduction,
  reduce_max: reduction,
  reduce_min: reduction,
  argmax: (random) => {
    const shape = random.shape(random.integer(1, 4));
    return { inputs: [{ shape, values: spread(random, shape) }], attributes: { axis: axisOf(random, shape) } };
  },
  cumsum: (random) => {
    const shape = random.shape(random.integer(1, 4));
    const attributes = { axis: axisOf(random, shape), exclusive: random.chance(0.5), reverse: random.chance(0.5) };
    return { inputs: [float(random, shape)], attributes };
  },
  softmax: alongAxis,
  log_softmax: alongAxis,
  moment_mean: (random) => {
    const shape = random.shape(random.integer(0, 4));
    return { inputs: [float(random, shape)], attributes: { axes: random.axes(shape) } };
  },
  moment_rstd: (random) => {
    const shape = random.shape(random.integer(0, 4));
    return { inputs: [float(random, shape)], attributes: { axes: random.axes(shape), epsilon: 0.1 } };
  },
  layer_norm: (random) => {
    const shape = random.shape(random.integer(1, 4));
    const last = shape.slice(-1);
    return {
      inputs: [float(random, shape), float(random, last), float(random, last)],
      attributes: { epsilon: 0.05 },
    };
  },
  batch_norm: (random) => {
    const shape = random.shape(random.integer(1, 4));
    const statistics = Array.from({ length: 4 }, () => float(random, random.broadcastable(shape)));
    return { inputs: [float(random, shape), ...statistics], attributes: {} };
  },
  batch_norm_training: (random) => {
    const shape = random.shape(random.integer(1, 4));
    const last = shape.slice(-1);
    return { inputs: [float(random, shape), float(random, last), float(random, last)], attributes: { epsilon: 0.1 } };
  },
  batch_norm_grad_input: (random) => {
    const shape = random.shape(random.integer(1, 4));
    const inputs = [float(random, shape), float(random, shape), float(random, shape.slice(-1))];
    return { inputs, attributes: { epsilon: 0.1 } };
  },
  batch_norm_grad_scale: (random) => {
    const shape = random.shape(random.integer(1, 4));
    return { inputs: [float(random, shape), float(random, shape)], attributes: { epsilon: 0.1 } };
  },
  top_k_values: topK,
  top_k_indices: topK,

  reshape: (random) => {
    const shape = random.shape(random.integer(0, 4));
    const count = shape.reduce((product, extent) => product * extent, 1);
    const target = random.pick([[count], [1, count], shape.toReversed(), [...shape, 1]]);
    return { inputs: [float(random, shape)], attributes: { shape: target } };
  },
  transpose: (random) => {
    const shape = random.shape(random.integer(0, 5), 3);
    return {
      inputs: [float(random, shape)],
      attributes: { permutation: random.shuffle(shape.map((_, axis) => axis)) },
    };
  },
  broadcast: (random) => {
    const shape = random.shape(random.integer(0, 4));
    return { inputs: [float(random, random.broadcastable(shape))], attributes: { shape } };
  },
  slice: (random) => {
    const shape = random.shape(random.integer(0, 4));
    const starts = shape.map((extent) => random.integer(0, extent - 1));
    const sizes = shape.map((extent, axis) => random.integer(1, extent - (starts[axis] ?? 0)));
    return { inputs: [float(random, shape)], attributes: { starts, sizes } };
  },
  pad: (random) => {
    const shape = random.shape(random.integer(0, 4));
    const amounts = (): number[] => shape.map(() => random.integer(0, 2));
    return {
      inputs: [float(random, shape)],
      attributes: { before: amounts(), after: amounts(), value: random.pick([0, 0, -1.5]) },
    };
  },
  concat: (random) => {
    const shape = random.shape(random.integer(1, 4));
    const axis = axisOf(random, shape);
    const parts = Array.from({ length: random.integer(1, 4) }, () => shape.with(axis, random.integer(1, 3)));
    return { inputs: parts.map((part) => float(random, part)), attributes: { axis } };
  },
  reverse: (random) => {
    const shape = random.shape(random.integer(0, 4));
    return { inputs: [float(random, shape)], attributes: { axes: random.axes(shape) } };
  },

  gather: (random) => {
    const shape = random.shape(random.integer(1, 3));
    const axis = axisOf(random, shape);
    const indices = random.shape(random.integer(0, 2));
    return { inputs: [float(random, shape), index(random, indices, shape[axis] ?? 1)], attributes: { axis } };
  },
  scatter_add: (random) => {
    const shape = random.shape(random.integer(1, 3));
    const axis = axisOf(random, shape);
    const indices = random.shape(random.integer(0, 2));
    const size = random.integer(1, 4);
    const updates = [...shape.slice(0, axis), ...indices, ...shape.slice(axis + 1)];
    return { inputs: [float(random, updates), index(random, indices, size)], attributes: { axis, size } };
  },
  gather_along: (random) => {
    const shape = random.shape(random.integer(1, 4));
    const axis = axisOf(random, shape);
    const indices = shape.with(axis, random.integer(1, 4));
    return { inputs: [float(random, shape), index(random, indices, shape[axis] ?? 1)], attributes: { axis } };
  },
  scatter_add_along: (random) => {
    const shape = random.shape(random.integer(1, 4));
    const axis = axisOf(random, shape);
    const size = random.integer(1, 4);
    return { inputs: [float(random, shape), index(random, shape, size)], attributes: { axis, size } };
  },
  one_hot: (random) => {
    const depth = random.integer(1, 4);
    return { inputs: [index(random, random.shape(random.integer(0, 3)), depth)], attributes: { depth } };
  },

  resize: (random) => {
    const shape = random.shape(4);
    return { inputs: [float(random, shape)], attributes: resizing(random) };
  },
  resize_grad: (random) => {
    const inputShape = random.shape(4);
    const attributes = resizing(random);
    const [batch = 1, , , channels = 1] = inputShape;
    const dy = [batch, attributes.height, attributes.width, channels];
    return { inputs: [float(random, dy)], attributes: { ...attributes, inputShape } };
  },
};

/** All ops, for tests that visit each. */
export const opNames = Object.keys(opCases) as readonly OpName[];

type Draw = (random: Random) => number;

function bit(random: Random): number {
  return random.integer(0, 1);
}

function float(random: Random, shape: readonly number[]): TestInput {
  return { shape, values: random.values(shape, draws.any) };
}

function anything(random: Random): TestInput {
  const shape = random.shape(random.integer(0, 5), 3);
  const dtype = random.pick(['f32', 'i32', 'bool', 'u8'] as const);
  return { dtype, shape, values: random.values(shape, dtype === 'bool' ? bit : (r) => r.integer(0, 5)) };
}

function index(random: Random, shape: readonly number[], extent: number): TestInput {
  return { dtype: 'i32', shape, values: random.values(shape, (r) => r.integer(0, extent - 1)) };
}

function axisOf(random: Random, shape: readonly number[]): number {
  return random.integer(0, shape.length - 1);
}

function unary(draw: Draw, dtype: 'f32' | 'bool' = 'f32') {
  return (random: Random) => {
    const shape = random.shape(random.integer(0, 5), 3);
    return { inputs: [{ dtype, shape, values: random.values(shape, draw) }], attributes: {} };
  };
}

function binary(drawA: Draw, drawB: Draw, dtype: 'f32' | 'bool' = 'f32') {
  return (random: Random) => {
    const shape = random.shape(random.integer(0, 5), 3);
    const [a, b] = [random.broadcastable(shape), random.broadcastable(shape)];
    return {
      inputs: [
        { dtype, shape: a, values: random.values(a, drawA) },
        { dtype, shape: b, values: random.values(b, drawB) },
      ],
      attributes: {},
    };
  };
}

/** Two operands without ties. */
function apart(random: Random) {
  const shape = random.shape(random.integer(0, 4), 3);
  const [a, b] = [random.broadcastable(shape), random.broadcastable(shape)];
  return {
    inputs: [
      { shape: a, values: spread(random, a) },
      { shape: b, values: spread(random, b, 0.05) },
    ],
    attributes: {},
  };
}

function reduction(random: Random) {
  const shape = random.shape(random.integer(0, 5), 3);
  return {
    inputs: [{ shape, values: spread(random, shape) }],
    attributes: { axes: random.shuffle(random.axes(shape)), keep: random.chance(0.5) },
  };
}

function alongAxis(random: Random) {
  const shape = random.shape(random.integer(1, 4));
  return { inputs: [float(random, shape)], attributes: { axis: axisOf(random, shape) } };
}

function topK(random: Random) {
  const shape = random.shape(random.integer(1, 3), 5);
  return {
    inputs: [{ shape, values: spread(random, shape) }],
    attributes: { k: random.integer(1, shape.at(-1) ?? 1) },
  };
}

function resizing(random: Random): OpAttributes['resize'] {
  const method = random.pick(['nearest', 'linear', 'cubic'] as const);
  return { height: random.integer(1, 5), width: random.integer(1, 5), method };
}

function convolution(random: Random) {
  const groups = random.pick([1, 1, 2]);
  const pair = (low: number, high: number): [number, number] => [random.integer(low, high), random.integer(low, high)];
  const [window, stride, dilation] = [pair(1, 3), pair(1, 2), pair(1, 2)];
  const padding: [number, number, number, number] = [...pair(0, 2), ...pair(0, 2)];
  const least = (at: 0 | 1): number => dilation[at] * (window[at] - 1) + 1;
  const [batch, inputs, outputs] = [random.integer(1, 2), groups * random.integer(1, 2), groups * random.integer(1, 2)];
  const height = least(0) + random.integer(0, 3);
  const width = least(1) + random.integer(0, 3);
  const rows = windowCount(height, window[0], stride[0], dilation[0], padding[0] + padding[1]);
  const columns = windowCount(width, window[1], stride[1], dilation[1], padding[2] + padding[3]);
  return {
    x: [batch, height, width, inputs],
    filter: [...window, inputs / groups, outputs],
    y: [batch, rows, columns, outputs],
    attributes: { stride, padding, dilation, groups },
  };
}

function pooling(random: Random) {
  const pair = (low: number, high: number): [number, number] => [random.integer(low, high), random.integer(low, high)];
  const window = pair(1, 3);
  const stride = pair(1, 3);
  const pads = (extent: number): [number, number] => [random.integer(0, extent - 1), random.integer(0, extent - 1)];
  const padding: [number, number, number, number] = [...pads(window[0]), ...pads(window[1])];
  const [batch, channels] = [random.integer(1, 2), random.integer(1, 2)];
  const height = window[0] + random.integer(0, 3);
  const width = window[1] + random.integer(0, 3);
  const rows = windowCount(height, window[0], stride[0], 1, padding[0] + padding[1]);
  const columns = windowCount(width, window[1], stride[1], 1, padding[2] + padding[3]);
  return {
    x: [batch, height, width, channels],
    y: [batch, rows, columns, channels],
    attributes: { window, stride, padding },
  };
}
