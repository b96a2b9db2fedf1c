import type { GraphBuilder, NodeId } from '../../src/compiler/ir/graph.ts';
import type { OpAttributes, OpName } from '../../src/compiler/ir/ops.ts';
import { bool, f32, i32, u8, values, whole, within, type Operand } from './operands.ts';

export interface ConformanceCase {
  readonly name: string;
  readonly operands: readonly Operand[];
  readonly build: (builder: GraphBuilder, operands: readonly NodeId[]) => NodeId;
  /** Every intermediate is a whole number below 2²⁴ or a power-of-two fraction: engines must agree to the last bit. */
  readonly exact: boolean;
  /** Allowed difference relative to the largest element; 1e-5 unless told. */
  readonly tolerance: number;
}

interface Options {
  readonly exact?: boolean;
  readonly tolerance?: number;
}

/** One call of `op`. */
export function call<Op extends OpName>(
  op: Op,
  name: string,
  operands: readonly Operand[],
  attributes: OpAttributes[Op],
  { exact = false, tolerance = 1e-5 }: Options = {},
): ConformanceCase {
  return {
    name: `${op}: ${name}`,
    operands,
    build: (builder, nodes) => builder.add(op, nodes, attributes),
    exact,
    tolerance,
  };
}

export const exact = { exact: true } as const;
export const none = {};

function floats(op: 'exp' | 'sin' | 'cos' | 'tanh' | 'sigmoid' | 'softplus' | 'erf' | 'gelu'): ConformanceCase[] {
  return [
    call(op, 'a matrix', [f32(5, 7)], none),
    call(op, 'a scalar', [f32()], none),
    call(op, 'one element', [f32(1, 1, 1)], none),
    call(op, 'more than a vector register', [f32(131)], none),
    call(op, 'far out', [values([6], -30, -9, -0, 0, 9, 30)], none),
  ];
}

function rounding(op: 'floor' | 'ceil' | 'round'): ConformanceCase[] {
  const halves = values([11], -2.5, -1.5, -0.75, -0.5, -0.25, 0, 0.5, 0.75, 1.5, 2.5, 3.5);
  return [call(op, 'halves and quarters', [halves], none, exact), call(op, 'a matrix', [f32(4, 5)], none, exact)];
}

function numbers(op: 'neg' | 'abs' | 'sign' | 'relu'): ConformanceCase[] {
  return [
    call(op, 'whole numbers', [whole(-2, 2, 3, 5)], none, exact),
    call(op, 'a matrix', [f32(4, 9)], none, exact),
    call(op, 'i32', [i32(-3, 3, 4, 5)], none, exact),
  ];
}

/** Over pairs of shapes that repeat extents of 1 in every way. */
function arithmetic(op: 'add' | 'sub' | 'mul' | 'max' | 'min' | 'div'): ConformanceCase[] {
  const integer = op === 'div' ? i32(1, 4, 3, 1) : i32(-4, 4, 3, 1);
  return [
    call(op, 'equal shapes', [f32(3, 4), within(0.5, 2, 3, 4)], none),
    call(op, 'a row', [f32(2, 3, 4), within(0.5, 2, 4)], none),
    call(op, 'a column', [f32(3, 4), within(0.5, 2, 3, 1)], none),
    call(op, 'both repeat', [f32(3, 1), within(0.5, 2, 1, 4)], none),
    call(op, 'a scalar on the left', [f32(), within(0.5, 2, 2, 3)], none),
    call(op, 'two scalars', [f32(), within(0.5, 2)], none),
    call(op, 'i32', [i32(-9, 9, 3, 4), integer], none, exact),
    ...(op === 'div' ? [] : [call(op, 'whole numbers', [whole(-3, 3, 5, 4), whole(-3, 3, 5, 4)], none, exact)]),
    {
      name: `${op}: a constant of one value`,
      operands: [f32(2, 3)],
      build: (builder, [x = 0]) =>
        builder.add(op, [x, builder.add('constant', [], { dtype: 'f32', shape: [4, 2, 3], values: [2] })], {}),
      exact: false,
      tolerance: 1e-5,
    },
    {
      name: `${op}: an explicit broadcast`,
      operands: [f32(3, 1), within(0.5, 2, 4)],
      build: (builder, [x = 0, y = 0]) => builder.add(op, [builder.add('broadcast', [x], { shape: [2, 3, 4] }), y], {}),
      exact: false,
      tolerance: 1e-5,
    },
  ];
}

function comparison(op: 'eq' | 'ne' | 'lt' | 'le' | 'gt' | 'ge'): ConformanceCase[] {
  return [
    call(op, 'f32', [whole(-1, 1, 4, 5), whole(-1, 1, 5)], none),
    call(op, 'i32', [i32(-1, 1, 4, 5), i32(-1, 1, 4, 1)], none),
    ...(op === 'eq' || op === 'ne' ? [call(op, 'bool', [bool(6), bool(6)], none)] : []),
  ];
}

function reductions(op: 'reduce_sum' | 'reduce_max' | 'reduce_min'): ConformanceCase[] {
  return [
    call(op, 'the last axis', [f32(3, 5, 7)], { axes: [2], keep: false }),
    call(op, 'the first axis, kept', [f32(6, 5)], { axes: [0], keep: true }),
    call(op, 'the middle', [f32(2, 5, 3)], { axes: [1], keep: false }),
    call(op, 'outer and inner', [f32(3, 4, 5)], { axes: [0, 2], keep: true }),
    call(op, 'everything', [f32(3, 4)], { axes: [0, 1], keep: false }),
    call(op, 'no axes', [f32(3, 4)], { axes: [], keep: false }),
    call(op, 'an axis of one', [f32(3, 1, 2)], { axes: [1], keep: false }),
    call(
      op,
      'whole numbers with ties',
      [whole(-2, 2, 4, 8)],
      { axes: [1], keep: false },
      op === 'reduce_sum' ? exact : {},
    ),
    call(op, 'i32', [i32(-9, 9, 4, 5)], { axes: [0], keep: false }),
    call(op, 'many rows', [whole(-9, 9, 4, 12, 512)], { axes: [0, 1], keep: false }, op === 'reduce_sum' ? exact : {}),
    call(op, 'a prime number of rows', [whole(-9, 9, 127, 256)], { axes: [0], keep: true }, op === 'reduce_sum' ? exact : {}), // prettier-ignore
  ];
}

interface ConvolutionCase {
  readonly name: string;
  readonly x: readonly [number, number, number, number];
  readonly filter: readonly [number, number, number, number];
  readonly stride?: readonly [number, number];
  readonly padding?: readonly [number, number, number, number];
  readonly dilation?: readonly [number, number];
  readonly groups?: number;
}

const convolutions: readonly ConvolutionCase[] = [
  { name: '3×3 same', x: [2, 5, 6, 3], filter: [3, 3, 3, 4], padding: [1, 1, 1, 1] },
  { name: '3×3 valid', x: [2, 5, 4, 3], filter: [3, 3, 3, 2] },
  { name: '1×1', x: [2, 3, 4, 5], filter: [1, 1, 5, 3] },
  { name: '1×1 stride 2', x: [2, 5, 4, 3], filter: [1, 1, 3, 4], stride: [2, 2] },
  { name: '1×1 padded', x: [1, 3, 3, 2], filter: [1, 1, 2, 2], padding: [1, 0, 0, 1] },
  { name: '3×3 stride 2', x: [2, 8, 8, 3], filter: [3, 3, 3, 4], stride: [2, 2], padding: [1, 1, 1, 1] },
  { name: '3×3 stride 2, odd', x: [1, 7, 9, 2], filter: [3, 3, 2, 3], stride: [2, 2], padding: [1, 1, 1, 1] },
  { name: '7×7 stride 2', x: [1, 11, 12, 3], filter: [7, 7, 3, 2], stride: [2, 2], padding: [3, 3, 3, 3] },
  { name: 'patches', x: [2, 8, 8, 3], filter: [4, 4, 3, 5], stride: [4, 4] },
  { name: 'patches with a rest', x: [1, 9, 10, 3], filter: [4, 4, 3, 5], stride: [4, 4] },
  { name: 'stride beyond the filter', x: [1, 9, 10, 2], filter: [2, 2, 2, 3], stride: [3, 4] },
  { name: 'uneven stride', x: [1, 6, 9, 2], filter: [3, 2, 2, 3], stride: [1, 3], padding: [1, 0, 0, 1] },
  { name: 'uneven padding', x: [1, 5, 5, 2], filter: [3, 3, 2, 2], padding: [0, 2, 1, 0] },
  { name: 'much padding', x: [1, 2, 2, 1], filter: [2, 2, 1, 2], padding: [3, 3, 3, 3] },
  { name: 'dilated', x: [1, 8, 7, 2], filter: [3, 3, 2, 3], padding: [2, 2, 2, 2], dilation: [2, 2] },
  { name: 'dilated and strided', x: [1, 9, 9, 2], filter: [3, 3, 2, 2], stride: [2, 2], padding: [1, 2, 2, 1], dilation: [2, 3] }, // prettier-ignore
  { name: 'even dilation on even stride', x: [1, 9, 9, 2], filter: [2, 2, 2, 2], stride: [2, 2], dilation: [4, 2] },
  { name: 'two groups', x: [2, 5, 5, 4], filter: [3, 3, 2, 6], padding: [1, 1, 1, 1], groups: 2 },
  { name: 'two groups, stride 2', x: [1, 6, 7, 4], filter: [3, 3, 2, 2], stride: [2, 2], padding: [1, 1, 1, 1], groups: 2 }, // prettier-ignore
  { name: 'depthwise', x: [2, 5, 5, 4], filter: [3, 3, 1, 4], padding: [1, 1, 1, 1], groups: 4 },
  { name: 'depthwise with multiplier, dilated', x: [1, 7, 6, 3], filter: [3, 2, 1, 6], padding: [2, 2, 1, 0], dilation: [2, 1], groups: 3 }, // prettier-ignore
  { name: 'one pixel, one channel', x: [1, 1, 1, 1], filter: [1, 1, 1, 1] },
  { name: 'stride 3', x: [2, 10, 11, 2], filter: [3, 3, 2, 3], stride: [3, 3], padding: [1, 1, 1, 1] },
  { name: 'stride 5, wide padding after', x: [1, 7, 8, 2], filter: [3, 3, 2, 2], stride: [5, 5], padding: [0, 4, 2, 3] }, // prettier-ignore
  { name: 'an even filter, one pixel more after', x: [2, 5, 6, 2], filter: [2, 4, 2, 3], padding: [0, 1, 1, 2] },
  { name: 'an even filter, one pixel more before', x: [1, 5, 6, 2], filter: [2, 4, 2, 3], padding: [1, 0, 2, 1] },
  { name: 'dilated by 3', x: [1, 11, 10, 2], filter: [3, 3, 2, 3], padding: [3, 3, 3, 3], dilation: [3, 3] },
  { name: 'dilated by 2 and 3, valid', x: [2, 9, 12, 2], filter: [3, 2, 2, 3], dilation: [2, 3] },
  { name: 'dilated by 3, stride 3', x: [1, 13, 14, 2], filter: [3, 3, 2, 2], stride: [3, 3], padding: [3, 2, 1, 3], dilation: [3, 3] }, // prettier-ignore
  { name: 'dilated groups', x: [1, 8, 8, 4], filter: [3, 3, 2, 4], padding: [2, 2, 2, 2], dilation: [2, 2], groups: 2 },
  { name: 'three groups of one pixel', x: [4, 1, 1, 6], filter: [1, 1, 2, 3], groups: 3 },
  { name: 'depthwise, stride 2', x: [2, 7, 8, 3], filter: [3, 3, 1, 3], stride: [2, 2], padding: [1, 1, 1, 1], groups: 3 }, // prettier-ignore
  { name: 'depthwise, uneven stride', x: [1, 6, 9, 3], filter: [3, 3, 1, 6], stride: [1, 2], padding: [1, 1, 1, 1], groups: 3 }, // prettier-ignore
  { name: 'the filter is larger than the image', x: [1, 3, 2, 2], filter: [5, 5, 2, 3], padding: [2, 2, 2, 2] },
  { name: 'a large filter on one pixel', x: [2, 1, 1, 2], filter: [3, 3, 2, 2], padding: [1, 1, 1, 1] },
  { name: 'stride 2 on one pixel', x: [1, 1, 1, 3], filter: [3, 3, 3, 2], stride: [2, 2], padding: [1, 1, 1, 1] },
  // As many windows as the filter has rows: engines may choose another kernel.
  { name: '7×7 stride 2, many', x: [5, 11, 12, 1], filter: [7, 7, 1, 2], stride: [2, 2], padding: [3, 3, 3, 3] },
  { name: 'patches, many', x: [9, 9, 10, 2], filter: [4, 4, 2, 3], stride: [4, 4] },
  { name: 'stride 3, many', x: [4, 10, 11, 2], filter: [3, 3, 2, 3], stride: [3, 3], padding: [2, 1, 1, 2] },
  { name: 'dilated by 3, stride 3, many', x: [4, 13, 14, 2], filter: [3, 3, 2, 2], stride: [3, 3], padding: [3, 2, 1, 3], dilation: [3, 3] }, // prettier-ignore
  { name: 'dilated and strided unevenly, many', x: [8, 9, 9, 2], filter: [3, 3, 2, 2], stride: [2, 3], padding: [1, 2, 2, 1], dilation: [2, 3] }, // prettier-ignore
  { name: 'a large filter on few pixels, many', x: [16, 2, 3, 1], filter: [5, 5, 1, 2], padding: [2, 2, 2, 2] },
  { name: 'the filter takes all', x: [3, 4, 5, 2], filter: [4, 5, 2, 3] },
];

function convolutionCases(): {
  readonly [Op in 'conv2d' | 'conv2d_grad_input' | 'conv2d_grad_filter']: readonly ConformanceCase[];
} {
  const each = convolutions.map(({ name, x, filter, ...rest }) => {
    const { stride = [1, 1], padding = [0, 0, 0, 0], dilation = [1, 1], groups = 1 } = rest;
    const attributes = { stride, padding, dilation, groups };
    const count = (axis: 0 | 1): number =>
      Math.floor(
        (x[axis + 1]! + padding[2 * axis]! + padding[2 * axis + 1]! - dilation[axis] * (filter[axis] - 1) - 1) /
          stride[axis],
      ) + 1;
    const y = [x[0], count(0), count(1), filter[3]];
    return { name, x, filter, y, attributes };
  });
  return {
    conv2d: each.flatMap(({ name, x, filter, attributes }) => [
      call('conv2d', name, [f32(...x), f32(...filter)], attributes),
      call('conv2d', `${name}, whole numbers`, [whole(-3, 3, ...x), whole(-3, 3, ...filter)], attributes, exact),
    ]),
    conv2d_grad_input: each.map(
      ({ name, x, filter, y, attributes }) =>
      call('conv2d_grad_input', name, [whole(-3, 3, ...y), whole(-3, 3, ...filter)], { ...attributes, inputShape: x }, exact), // prettier-ignore
    ),
    conv2d_grad_filter: each.map(
      ({ name, x, filter, y, attributes }) =>
      call('conv2d_grad_filter', name, [whole(-3, 3, ...x), whole(-3, 3, ...y)], { ...attributes, filterShape: filter }, exact), // prettier-ignore
    ),
  };
}

interface PoolingCase {
  readonly name: string;
  readonly x: readonly [number, number, number, number];
  readonly window: readonly [number, number];
  readonly stride: readonly [number, number];
  readonly padding?: readonly [number, number, number, number];
}

const poolings: readonly PoolingCase[] = [
  { name: '2×2', x: [2, 4, 6, 3], window: [2, 2], stride: [2, 2] },
  { name: '2×2 with a rest', x: [1, 5, 7, 2], window: [2, 2], stride: [2, 2] },
  { name: '3×3 stride 2, padded', x: [2, 7, 8, 3], window: [3, 3], stride: [2, 2], padding: [1, 1, 1, 1] },
  { name: '3×3 stride 1', x: [1, 5, 5, 2], window: [3, 3], stride: [1, 1], padding: [1, 1, 1, 1] },
  { name: 'uneven', x: [1, 6, 5, 2], window: [3, 2], stride: [1, 2], padding: [0, 2, 1, 0] },
  { name: 'stride beyond the window', x: [1, 8, 8, 2], window: [2, 2], stride: [3, 3] },
  { name: 'the window takes all', x: [3, 4, 5, 2], window: [4, 5], stride: [1, 1] },
  { name: 'one pixel', x: [1, 1, 1, 1], window: [1, 1], stride: [1, 1] },
  { name: 'one pixel, padded', x: [2, 1, 1, 3], window: [3, 3], stride: [2, 2], padding: [1, 1, 1, 1] },
  { name: 'the window is larger than the image', x: [1, 2, 3, 2], window: [5, 4], stride: [2, 1], padding: [2, 2, 1, 2] }, // prettier-ignore
  { name: 'stride 3, odd', x: [1, 10, 8, 2], window: [3, 3], stride: [3, 3], padding: [1, 1, 1, 1] },
  { name: 'overlapping, padded after only', x: [2, 6, 6, 2], window: [3, 3], stride: [2, 2], padding: [0, 1, 0, 1] },
  { name: 'a residual stem', x: [2, 16, 16, 8], window: [3, 3], stride: [2, 2], padding: [1, 1, 1, 1] },
];

function poolingCases(): {
  readonly [Op in 'max_pool' | 'max_pool_grad' | 'avg_pool' | 'avg_pool_grad']: readonly ConformanceCase[];
} {
  const each = poolings.map(({ name, x, window, stride, padding = [0, 0, 0, 0] }) => {
    const attributes = { window, stride, padding };
    const count = (axis: 0 | 1): number =>
      Math.floor((x[axis + 1]! + padding[2 * axis]! + padding[2 * axis + 1]! - window[axis]) / stride[axis]) + 1;
    return { name, x, y: [x[0], count(0), count(1), x[3]], attributes };
  });
  return {
    max_pool: each.flatMap(({ name, x, attributes }) => [
      call('max_pool', name, [f32(...x)], attributes),
      call('max_pool', `${name}, ties`, [whole(-2, 1, ...x)], attributes, exact),
      call('max_pool', `${name}, all negative`, [within(-9, -1, ...x)], attributes),
    ]),
    max_pool_grad: each.flatMap(({ name, x, y, attributes }) => [
      call('max_pool_grad', `${name}, ties`, [whole(-1, 0, ...x), whole(-4, 4, ...y)], attributes, exact),
      call('max_pool_grad', `${name}, all alike`, [whole(-3, -3, ...x), whole(1, 9, ...y)], attributes, exact),
      call('max_pool_grad', `${name}, all zero`, [whole(0, 0, ...x), whole(1, 9, ...y)], attributes, exact),
    ]),
    avg_pool: each.map(({ name, x, attributes }) => call('avg_pool', name, [f32(...x)], attributes)),
    avg_pool_grad: each.map(({ name, x, y, attributes }) =>
      call('avg_pool_grad', name, [f32(...y)], { ...attributes, inputShape: x }),
    ),
  };
}

function resizes(op: 'resize'): ConformanceCase[] {
  return (['nearest', 'linear', 'cubic'] as const).flatMap((method) => [
    call(op, `${method}, up`, [f32(2, 3, 4, 2)], { height: 7, width: 9, method }),
    call(op, `${method}, down`, [f32(1, 9, 8, 3)], { height: 4, width: 3, method }),
    call(op, `${method}, one axis`, [f32(1, 4, 4, 1)], { height: 4, width: 8, method }),
    call(op, `${method}, from one pixel`, [f32(1, 1, 1, 2)], { height: 3, width: 2, method }),
  ]);
}

/** A handful of calls of every op; `conformance.test.ts` differentiates each of them too. A new op does not compile without. */
export const conformanceCases: { readonly [Op in OpName]: readonly ConformanceCase[] } = {
  input: [
    {
      name: 'input: straight to the output',
      operands: [f32(2, 3)],
      build: (_, [x = 0]) => x,
      exact: true,
      tolerance: 0,
    },
    { name: 'input: bool', operands: [bool(4)], build: (_, [x = 0]) => x, exact: true, tolerance: 0 },
    { name: 'input: u8', operands: [u8(4)], build: (_, [x = 0]) => x, exact: true, tolerance: 0 },
  ],
  constant: [
    call('constant', 'f32', [], { dtype: 'f32', shape: [2, 3], values: [1, 2, 3, 4, 5, 6] }),
    call('constant', 'filled', [], { dtype: 'f32', shape: [2, 3], values: [0.5] }),
    call('constant', 'a scalar i32', [], { dtype: 'i32', shape: [], values: [7] }),
    call('constant', 'bool', [], { dtype: 'bool', shape: [3], values: [1, 0, 1] }),
    call('constant', 'bool, filled', [], { dtype: 'bool', shape: [2, 2], values: [1] }),
    call('constant', 'u8', [], { dtype: 'u8', shape: [2], values: [0, 255] }),
  ],
  iota: [
    call('iota', 'a vector', [], { shape: [5], axis: 0 }),
    call('iota', 'along the rows', [], { shape: [3, 4], axis: 0 }),
    call('iota', 'along the middle', [], { shape: [2, 3, 2], axis: 1 }),
  ],

  neg: numbers('neg'),
  exp: floats('exp'),
  log: [call('log', 'positive', [within(0.01, 9, 5, 7)], none)],
  sqrt: [
    call('sqrt', 'positive', [within(0.01, 9, 5, 7)], none),
    call('sqrt', 'squares', [values([4], 1, 4, 9, 144)], none),
  ],
  abs: numbers('abs'),
  sign: numbers('sign'),
  sin: floats('sin'),
  cos: floats('cos'),
  acos: [
    call('acos', 'inside', [within(-0.95, 0.95, 5, 7)], none),
    call('acos', 'a scalar', [within(-0.5, 0.5)], none),
  ],
  tanh: floats('tanh'),
  sigmoid: floats('sigmoid'),
  softplus: floats('softplus'),
  relu: numbers('relu'),
  erf: floats('erf'),
  floor: rounding('floor'),
  ceil: rounding('ceil'),
  round: rounding('round'),
  not: [call('not', 'a matrix', [bool(3, 4)], none)],
  gelu: floats('gelu'),
  cast: [
    call('cast', 'f32 to i32 truncates', [values([6], -2.7, -0.5, 0, 0.5, 1.9, 7)], { dtype: 'i32' }),
    call('cast', 'i32 to f32', [i32(-9, 9, 3, 4)], { dtype: 'f32' }),
    call('cast', 'u8 to f32', [u8(4, 5)], { dtype: 'f32' }),
    call('cast', 'u8 to i32', [u8(4, 5)], { dtype: 'i32' }),
    call('cast', 'i32 to bool', [i32(-1, 1, 9)], { dtype: 'bool' }),
    call('cast', 'f32 to bool', [values([5], -0.5, 0, 0.25, -0, 3)], { dtype: 'bool' }),
    call('cast', 'bool to f32', [bool(3, 4)], { dtype: 'f32' }),
    call('cast', 'bool to i32', [bool(3, 4)], { dtype: 'i32' }),
    call('cast', 'i32 to u8', [i32(0, 255, 5)], { dtype: 'u8' }),
    call('cast', 'f32 to f32', [f32(3)], { dtype: 'f32' }),
  ],
  stop: [
    {
      name: 'stop: beside the path of the gradient',
      operands: [f32(3, 4)],
      build: (builder, [x = 0]) => builder.add('mul', [x, builder.add('stop', [x], {})], {}),
      exact: false,
      tolerance: 1e-5,
    },
  ],

  add: arithmetic('add'),
  sub: arithmetic('sub'),
  mul: arithmetic('mul'),
  div: arithmetic('div'),
  pow: [
    call('pow', 'positive base', [within(0.2, 3, 3, 4), f32(4)], none),
    call('pow', 'squares', [whole(-3, 3, 3, 4), values([], 2)], none),
  ],
  max: arithmetic('max'),
  min: arithmetic('min'),
  atan2: [
    call('atan2', 'all round', [f32(6, 7), f32(6, 7)], none),
    call('atan2', 'a row', [f32(3, 4), f32(4)], none),
    {
      name: 'atan2: on the axes',
      operands: [],
      build: (builder) => {
        const y = builder.add('constant', [], { dtype: 'f32', shape: [6], values: [0, 0, 1, -1, 0, 1e-30] });
        const x = builder.add('constant', [], { dtype: 'f32', shape: [6], values: [1, -1, 0, 0, 0, -1e-30] });
        return builder.add('atan2', [y, x], {});
      },
      exact: false,
      tolerance: 1e-6,
    },
  ],
  eq: comparison('eq'),
  ne: comparison('ne'),
  lt: comparison('lt'),
  le: comparison('le'),
  gt: comparison('gt'),
  ge: comparison('ge'),
  and: [call('and', 'repeating', [bool(3, 4), bool(4)], none)],
  or: [call('or', 'repeating', [bool(3, 1), bool(1, 4)], none)],
  select: [
    call('select', 'f32', [bool(3, 4), f32(3, 4), f32(3, 4)], none, exact),
    call('select', 'repeating', [bool(3, 1), f32(4), f32()], none, exact),
    call('select', 'i32', [bool(5), i32(-3, 3, 5), i32(-3, 3, 1)], none, exact),
    call('select', 'bool', [bool(3, 4), bool(4), bool(3, 1)], none, exact),
  ],

  matmul: [
    ...[false, true].flatMap((transposeA) =>
      [false, true].flatMap((transposeB) => {
        const flags = { transposeA, transposeB };
        const name = `${transposeA ? 'aᵀ' : 'a'}${transposeB ? 'bᵀ' : 'b'}`;
        const a = transposeA ? [5, 3] : [3, 5];
        const b = transposeB ? [4, 5] : [5, 4];
        return [
          call('matmul', name, [f32(...a), f32(...b)], flags),
          call('matmul', `${name}, whole numbers`, [whole(-4, 4, ...a), whole(-4, 4, ...b)], flags, exact),
          call('matmul', `${name}, stacks`, [f32(2, ...a), f32(2, ...b)], flags),
          call('matmul', `${name}, stacks of stacks`, [f32(2, 3, ...a), f32(2, 3, ...b)], flags),
          call('matmul', `${name}, a stack and a matrix`, [f32(2, 3, ...a), f32(...b)], flags),
        ];
      }),
    ),
    call('matmul', 'one by one', [f32(1, 1), f32(1, 1)], { transposeA: false, transposeB: false }),
    call('matmul', 'inner extent 1', [f32(4, 1), f32(1, 5)], { transposeA: false, transposeB: false }),
    ...(['left', 'right'] as const).flatMap((side) =>
      [
        { name: 'a row of biases', a: [6, 5], bias: [4] },
        { name: 'a stack and a row of biases', a: [2, 3, 5], bias: [4] },
        { name: 'a bias [1, 1, n]', a: [2, 3, 5], bias: [1, 1, 4] },
        { name: 'a column, which is no bias', a: [6, 5], bias: [6, 1] },
        { name: 'a bias that widens the product', a: [1, 5], bias: [3, 4] },
      ].map(({ name, a, bias }) => ({
        name: `matmul: plus ${name} on the ${side}`,
        operands: [f32(...a), f32(5, 4), f32(...bias)],
        build: (builder: GraphBuilder, [x = 0, w = 0, b = 0]: readonly NodeId[]) => {
          const product = builder.add('matmul', [x, w], { transposeA: false, transposeB: false });
          return builder.add('add', side === 'left' ? [b, product] : [product, b], {});
        },
        exact: false,
        tolerance: 1e-5,
      })),
    ),
  ],
  ...convolutionCases(),
  ...poolingCases(),

  reduce_sum: reductions('reduce_sum'),
  reduce_max: reductions('reduce_max'),
  reduce_min: reductions('reduce_min'),
  argmax: [
    call('argmax', 'ties: the first', [whole(0, 2, 6, 9)], { axis: 1 }),
    call('argmax', 'the first axis', [f32(5, 4)], { axis: 0 }),
    call('argmax', 'i32', [i32(-3, 3, 4, 5)], { axis: 1 }),
    call('argmax', 'an axis of one', [f32(4, 1)], { axis: 1 }),
  ],
  cumsum: [false, true].flatMap((exclusive) =>
    [false, true].flatMap((reverse) => [
      call('cumsum', `${exclusive} ${reverse}`, [f32(3, 5)], { axis: 1, exclusive, reverse }),
      call('cumsum', `${exclusive} ${reverse} i32`, [i32(-3, 3, 4, 3)], { axis: 0, exclusive, reverse }),
    ]),
  ),
  softmax: [
    call('softmax', 'the last axis', [f32(3, 7)], { axis: 1 }),
    call('softmax', 'the first axis', [f32(3, 4, 2)], { axis: 0 }),
    call('softmax', 'large logits', [within(-300, 300, 4, 9)], { axis: 1 }),
    call('softmax', 'an axis of one', [f32(3, 1)], { axis: 1 }),
  ],
  log_softmax: [
    call('log_softmax', 'the last axis', [f32(3, 7)], { axis: 1 }),
    call('log_softmax', 'the middle', [f32(3, 4, 2)], { axis: 1 }),
    call('log_softmax', 'large logits', [within(-300, 300, 4, 9)], { axis: 1 }),
  ],
  moment_mean: [
    call('moment_mean', 'the last axis', [f32(4, 9)], { axes: [1] }),
    call('moment_mean', 'all but channels', [f32(2, 3, 4, 5)], { axes: [0, 1, 2] }),
    call('moment_mean', 'all but channels, many', [f32(4, 13, 10, 64)], { axes: [0, 1, 2] }),
  ],
  moment_rstd: [
    call('moment_rstd', 'the last axis', [f32(4, 9)], { axes: [1], epsilon: 1e-5 }),
    call('moment_rstd', 'all but channels', [f32(2, 3, 4, 5)], { axes: [0, 1, 2], epsilon: 1e-3 }),
    call('moment_rstd', 'all but channels, many', [f32(4, 13, 10, 64)], { axes: [0, 1, 2], epsilon: 1e-5 }),
    call('moment_rstd', 'far from zero', [within(999, 1001, 3, 64)], { axes: [1], epsilon: 1e-5 }, { tolerance: 1e-3 }),
  ],
  layer_norm: [
    call('layer_norm', 'a matrix', [f32(5, 8), f32(8), f32(8)], { epsilon: 1e-5 }),
    call('layer_norm', 'a stack', [f32(2, 3, 17), f32(17), f32(17)], { epsilon: 1e-5 }),
    call('layer_norm', 'a vector', [f32(6), f32(6), f32(6)], { epsilon: 1e-5 }),
    // Engines fuse differently where there is no gradient.
    ...[
      [40, 16],
      [2, 5, 32],
    ].map((shape) => ({
      name: `layer_norm: forward alone, ${shape.length} dimensions`,
      operands: [within(-0.1, 0.1, ...shape), f32(shape.at(-1) ?? 1), f32(shape.at(-1) ?? 1)],
      build: (builder: GraphBuilder, operands: readonly NodeId[]) =>
        builder.add('stop', [builder.add('layer_norm', operands, { epsilon: 1e-5 })], {}),
      exact: false,
      tolerance: 1e-5,
    })),
    call(
      'layer_norm',
      'far from zero',
      [within(99, 101, 3, 64), f32(64), f32(64)],
      { epsilon: 1e-5 },
      { tolerance: 1e-3 },
    ),
  ],
  batch_norm: [
    call('batch_norm', 'by channel', [f32(2, 3, 4, 5), f32(5), within(0.5, 2, 5), f32(5), f32(5)], none),
    {
      name: 'batch_norm: of a convolution, then relu, forward alone',
      operands: [f32(2, 6, 6, 3), f32(3, 3, 3, 5), f32(5), within(0.5, 2, 5), f32(5), f32(5)],
      build: (builder, [x = 0, filter = 0, ...statistics]) => {
        const padding = [1, 1, 1, 1] as const;
        const product = builder.add('conv2d', [x, filter], { stride: [1, 1], padding, dilation: [1, 1], groups: 1 });
        const norm = builder.add('batch_norm', [product, ...statistics], {});
        return builder.add('stop', [builder.add('relu', [norm], {})], {});
      },
      exact: false,
      tolerance: 1e-5,
    },
    call('batch_norm', 'kept axes', [f32(2, 3, 5), f32(1, 1, 5), within(0.5, 2, 1, 1, 5), f32(5), f32()], none),
  ],
  batch_norm_training: [
    call('batch_norm_training', 'images', [f32(2, 3, 4, 5), within(0.5, 2, 5), f32(5)], { epsilon: 1e-5 }),
    call('batch_norm_training', 'rows', [f32(16, 3), f32(3), f32(3)], { epsilon: 1e-3 }),
    call('batch_norm_training', 'three dimensions', [f32(4, 6, 3), f32(3), f32(3)], { epsilon: 1e-5 }),
    call('batch_norm_training', 'five dimensions', [f32(2, 2, 3, 2, 3), f32(3), f32(3)], { epsilon: 1e-5 }),
    call('batch_norm_training', 'one row', [f32(1, 3), f32(3), f32(3)], { epsilon: 1e-2 }),
    call('batch_norm_training', 'a vector', [f32(4), f32(4), f32(4)], { epsilon: 1e-2 }),
    call('batch_norm_training', 'one channel', [f32(2, 3, 3, 1), f32(1), f32(1)], { epsilon: 1e-5 }),
    call('batch_norm_training', 'one pixel', [f32(6, 1, 1, 4), f32(4), f32(4)], { epsilon: 1e-5 }),
    call('batch_norm_training', 'all alike', [whole(3, 3, 2, 3, 3, 2), f32(2), f32(2)], { epsilon: 1e-3 }),
    call('batch_norm_training', 'many', [f32(4, 13, 10, 64), f32(64), f32(64)], { epsilon: 1e-5 }),
    call('batch_norm_training', 'far from zero', [within(99, 101, 4, 6, 6, 3), f32(3), f32(3)], { epsilon: 1e-5 }, { tolerance: 1e-3 }), // prettier-ignore
    {
      name: 'batch_norm_training: beside its moments, at two epsilons',
      operands: [f32(3, 4, 4, 5), f32(5), f32(5)],
      build: (builder, [x = 0, scale = 0, bias = 0]) => {
        const norm = (epsilon: number): NodeId => builder.add('batch_norm_training', [x, scale, bias], { epsilon });
        const mean = builder.add('moment_mean', [x], { axes: [0, 1, 2] });
        const rstd = builder.add('moment_rstd', [x], { axes: [0, 1, 2], epsilon: 1e-5 });
        const moments = builder.add('mul', [mean, rstd], {});
        return builder.add('mul', [builder.add('add', [norm(1e-5), norm(1e-2)], {}), moments], {});
      },
      exact: false,
      tolerance: 1e-5,
    },
    {
      name: 'batch_norm_training: twice, with scales of their own',
      operands: [f32(3, 2, 2, 4), f32(4), f32(4), f32(4), f32(4)],
      build: (builder, [x = 0, a = 0, b = 0, c = 0, d = 0]) =>
        builder.add(
          'mul',
          [
            builder.add('batch_norm_training', [x, a, b], { epsilon: 1e-5 }),
            builder.add('batch_norm_training', [x, c, d], { epsilon: 1e-5 }),
          ],
          {},
        ),
      exact: false,
      tolerance: 1e-5,
    },
  ],
  batch_norm_grad_input: [
    call('batch_norm_grad_input', 'images', [f32(2, 3, 4, 5), f32(2, 3, 4, 5), f32(5)], { epsilon: 1e-5 }),
    call('batch_norm_grad_input', 'rows', [f32(16, 3), f32(16, 3), f32(3)], { epsilon: 1e-3 }),
    call('batch_norm_grad_input', 'a vector', [f32(3), f32(3), f32(3)], { epsilon: 1e-3 }),
  ],
  batch_norm_grad_scale: [
    call('batch_norm_grad_scale', 'images', [f32(2, 3, 4, 5), f32(2, 3, 4, 5)], { epsilon: 1e-5 }),
    call('batch_norm_grad_scale', 'rows', [f32(16, 3), f32(16, 3)], { epsilon: 1e-3 }),
    call('batch_norm_grad_scale', 'a vector', [f32(3), f32(3)], { epsilon: 1e-3 }),
  ],
  top_k_values: [
    call('top_k_values', 'three of nine', [f32(4, 9)], { k: 3 }),
    call('top_k_values', 'all, with ties', [whole(0, 2, 4, 6)], { k: 6 }),
    call('top_k_values', 'i32', [i32(-9, 9, 3, 5)], { k: 2 }),
  ],
  top_k_indices: [
    call('top_k_indices', 'three of nine', [f32(4, 9)], { k: 3 }),
    call('top_k_indices', 'ties: the lower index', [whole(0, 1, 5, 8)], { k: 8 }),
  ],

  reshape: [
    call('reshape', 'f32', [f32(3, 4)], { shape: [2, 6] }, exact),
    call('reshape', 'to a scalar', [f32(1, 1)], { shape: [] }, exact),
    call('reshape', 'bool', [bool(4)], { shape: [2, 2] }, exact),
  ],
  transpose: [
    call('transpose', 'a matrix', [f32(3, 4)], { permutation: [1, 0] }, exact),
    call('transpose', 'four axes', [f32(2, 3, 4, 5)], { permutation: [2, 0, 3, 1] }, exact),
    call('transpose', 'u8', [u8(2, 3)], { permutation: [1, 0] }, exact),
    call('transpose', 'nothing', [f32(2, 3)], { permutation: [0, 1] }, exact),
  ],
  broadcast: [
    call('broadcast', 'a row', [f32(4)], { shape: [3, 4] }, exact),
    call('broadcast', 'a column', [f32(3, 1)], { shape: [2, 3, 4] }, exact),
    call('broadcast', 'a scalar', [f32()], { shape: [2, 2] }, exact),
    call('broadcast', 'bool', [bool(1, 3)], { shape: [2, 3] }, exact),
    call('broadcast', 'u8', [u8(1, 3)], { shape: [2, 3] }, exact),
    call('broadcast', 'i32', [i32(0, 9, 1, 3)], { shape: [2, 3] }, exact),
  ],
  slice: [
    call('slice', 'inside', [f32(4, 5)], { starts: [1, 2], sizes: [2, 3] }, exact),
    call('slice', 'one element', [f32(4, 5)], { starts: [3, 4], sizes: [1, 1] }, exact),
    call('slice', 'all', [f32(4, 5)], { starts: [0, 0], sizes: [4, 5] }, exact),
    call('slice', 'bool', [bool(6)], { starts: [2], sizes: [3] }, exact),
    call('slice', 'u8', [u8(6)], { starts: [2], sizes: [3] }, exact),
    {
      name: 'slice: three siblings of one tensor',
      operands: [f32(2, 9)],
      build: (builder, [x = 0]) => {
        const part = (start: number): NodeId => builder.add('slice', [x], { starts: [0, start], sizes: [2, 3] });
        return builder.add('mul', [builder.add('mul', [part(0), part(3)], {}), part(6)], {});
      },
      exact: false,
      tolerance: 1e-5,
    },
  ],
  pad: [
    call('pad', 'both sides', [f32(2, 3)], { before: [1, 0], after: [0, 2], value: 0 }, exact),
    call('pad', 'with a value', [f32(3)], { before: [2], after: [1], value: -1.5 }, exact),
    call('pad', 'nothing', [f32(3)], { before: [0], after: [0], value: 9 }, exact),
    call('pad', 'i32', [i32(1, 9, 3)], { before: [1], after: [1], value: -1 }, exact),
    call('pad', 'bool', [bool(3)], { before: [1], after: [1], value: 1 }, exact),
    call('pad', 'u8', [u8(3)], { before: [1], after: [1], value: 7 }, exact),
  ],
  concat: [
    call('concat', 'rows', [f32(2, 3), f32(1, 3), f32(4, 3)], { axis: 0 }, exact),
    call('concat', 'columns', [f32(2, 3), f32(2, 1)], { axis: 1 }, exact),
    call('concat', 'one', [f32(2, 3)], { axis: 1 }, exact),
    call('concat', 'bool', [bool(2), bool(3)], { axis: 0 }, exact),
    call('concat', 'i32', [i32(0, 9, 2), i32(0, 9, 3)], { axis: 0 }, exact),
  ],
  reverse: [
    call('reverse', 'one axis', [f32(3, 4)], { axes: [1] }, exact),
    call('reverse', 'all', [f32(3, 4)], { axes: [0, 1] }, exact),
    call('reverse', 'an axis of one', [f32(1, 3)], { axes: [0] }, exact),
    call('reverse', 'i32', [i32(0, 9, 5)], { axes: [0] }, exact),
  ],

  gather: [
    call('gather', 'rows, repeated', [f32(5, 3), i32(0, 4, 7)], { axis: 0 }, exact),
    call('gather', 'by a matrix of indices', [f32(5, 3), i32(0, 4, 2, 3)], { axis: 0 }, exact),
    call('gather', 'the middle axis', [f32(2, 5, 3), i32(0, 4, 4)], { axis: 1 }, exact),
    call('gather', 'by a scalar', [f32(5, 3), i32(0, 4)], { axis: 0 }, exact),
    call('gather', 'u8', [u8(5, 3), i32(0, 4, 2)], { axis: 0 }, exact),
    call('gather', 'bool', [bool(5), i32(0, 4, 3)], { axis: 0 }, exact),
    call('gather', 'of many rows', [whole(-3, 3, 50, 3), i32(0, 49, 90)], { axis: 0 }, exact),
  ],
  scatter_add: [
    call('scatter_add', 'few rows', [whole(-5, 5, 40, 6), i32(0, 3, 40)], { axis: 0, size: 4 }, exact),
    call('scatter_add', 'many rows', [whole(-5, 5, 60, 3), i32(0, 39, 60)], { axis: 0, size: 40 }, exact),
    call(
      'scatter_add',
      'by a matrix of indices',
      [whole(-5, 5, 3, 4, 5), i32(0, 49, 3, 4)],
      { axis: 0, size: 50 },
      exact,
    ),
    call('scatter_add', 'the middle axis', [whole(-5, 5, 2, 7, 3), i32(0, 4, 7)], { axis: 1, size: 5 }, exact),
    call('scatter_add', 'by a scalar', [whole(-5, 5, 3), i32(0, 4)], { axis: 0, size: 5 }, exact),
    call('scatter_add', 'of scalars', [whole(-5, 5, 50), i32(0, 40, 50)], { axis: 0, size: 41 }, exact),
    call('scatter_add', 'to one row', [whole(-5, 5, 9, 2), i32(0, 0, 9)], { axis: 0, size: 1 }, exact),
  ],
  gather_along: [
    call('gather_along', 'columns', [f32(3, 5), i32(0, 4, 3, 7)], { axis: 1 }, exact),
    call('gather_along', 'rows', [f32(3, 5), i32(0, 2, 4, 5)], { axis: 0 }, exact),
    call('gather_along', 'i32', [i32(-9, 9, 3, 5), i32(0, 4, 3, 2)], { axis: 1 }, exact),
  ],
  scatter_add_along: [
    call('scatter_add_along', 'columns, repeated', [whole(-5, 5, 3, 9), i32(0, 4, 3, 9)], { axis: 1, size: 5 }, exact),
    call('scatter_add_along', 'rows', [whole(-5, 5, 6, 2), i32(0, 8, 6, 2)], { axis: 0, size: 9 }, exact),
  ],
  one_hot: [
    call('one_hot', 'a vector', [i32(0, 4, 6)], { depth: 5 }),
    call('one_hot', 'a matrix', [i32(0, 4, 2, 3)], { depth: 5 }),
    call('one_hot', 'a scalar', [i32(0, 4)], { depth: 5 }),
  ],

  resize: resizes('resize'),
  resize_grad: (['nearest', 'linear', 'cubic'] as const).map((method) =>
    call('resize_grad', method, [f32(1, 5, 7, 2)], { height: 5, width: 7, method, inputShape: [1, 3, 4, 2] }),
  ),
};
