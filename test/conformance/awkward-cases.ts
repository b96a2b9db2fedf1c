/**
 * What engines get wrong at the edges: many dimensions, extents and whole axes of 1, ties, tensors large enough to be shared among
 * threads, integers that sums keep exact, and the element types that are not numbers.
 */
import type { GraphBuilder, NodeId } from '../../src/compiler/ir/graph.ts';
import { call, exact, none, type ConformanceCase } from './cases.ts';
import { bool, f32, i32, u8, values, whole, within } from './operands.ts';

const manyAxes = [2, 3, 1, 2, 3, 2] as const;

/** Repeating along every other axis, so that no two neighbours can be joined. */
const interleaved: ConformanceCase[] = [
  ...(['add', 'mul', 'max', 'div', 'atan2'] as const).map((op) =>
    call(op, 'six axes, every other repeated', [f32(2, 1, 3, 1, 2, 1), within(0.5, 2, 1, 3, 1, 2, 1, 3)], none),
  ),
  ...(['eq', 'lt'] as const).map((op) =>
    call(op, 'six axes, every other repeated', [i32(0, 2, 2, 1, 3, 1, 2, 1), i32(0, 2, 1, 3, 1, 2, 1, 3)], none),
  ),
  call('and', 'six axes, every other repeated', [bool(2, 1, 3, 1, 2, 1), bool(1, 3, 1, 2, 1, 3)], none),
  call('select', 'six axes, every other repeated', [bool(2, 1, 3, 1, 2, 1), f32(1, 3, 1, 2, 1, 3), f32()], none, exact),
  call('broadcast', 'six axes, every other repeated', [f32(2, 1, 3, 1, 2, 1)], { shape: [2, 3, 3, 2, 2, 3] }, exact),
  call('broadcast', 'the outer and the inner axis', [f32(1, 4, 1)], { shape: [3, 4, 5] }, exact),
];

const numbers: ConformanceCase[] = [
  call('div', 'i32 of both signs truncates', [values([8], 7, -7, 7, -7, 1, -1, 0, 9), values([8], 2, 2, -2, -2, 3, 3, 5, -9)].map(
    (operand) => ({ ...operand, dtype: 'i32' as const })), none, exact), // prettier-ignore
  call('sign', 'zeros of both signs', [values([5], -0, 0, -1e-30, 1e-30, 3)], none, exact),
  call('round', 'halves beyond 2²²', [values([4], 4194303.5, -4194303.5, 4194304.5, 8388609)], none, exact),
  call('cast', 'bool to u8', [bool(5)], { dtype: 'u8' }),
  call('cast', 'u8 to bool', [{ ...u8(4), fill: { kind: 'values', values: [0, 1, 255, 0] } }], { dtype: 'bool' }),
  call('cast', 'large f32 to i32', [values([4], 16777216, -16777215, 1e9, -1e9)], { dtype: 'i32' }),
  ...(['eq', 'ne', 'lt', 'ge'] as const).map((op) =>
    call(op, 'beside what is no number', [values([4], NaN, 1, NaN, 2), values([4], NaN, NaN, 1, 2)], none),
  ),
  call('ne', 'bool, repeating', [bool(3, 1), bool(1, 4)], none),
  call('eq', 'a scalar i32', [i32(0, 2, 3, 4), i32(1, 1)], none),
  call('relu', 'zeros of both signs', [values([4], -0, 0, -1, 1)], none, exact),
  call('softplus', 'where it turns', [values([8], -104, -88, -15, -1e-4, 1e-4, 15, 88, 104)], none),
  call('sigmoid', 'where it saturates', [values([6], -104, -88, -17, 17, 88, 104)], none),
  call('gelu', 'where it vanishes', [values([6], -14, -6, -3, 3, 6, 14)], none),
  call('exp', 'more than a thread takes', [within(-3, 3, 150_001)], none),
];

const contractions: ConformanceCase[] = [
  call('matmul', 'shared among threads', [whole(-4, 4, 130, 70), whole(-4, 4, 70, 90)], { transposeA: false, transposeB: false }, exact), // prettier-ignore
  call('matmul', 'aᵀb shared among threads', [whole(-4, 4, 300, 70), whole(-4, 4, 300, 33)], { transposeA: true, transposeB: false }, exact), // prettier-ignore
  call('matmul', 'a row', [f32(1, 40), f32(40, 30)], { transposeA: false, transposeB: false }),
  call('matmul', 'a column', [f32(30, 40), f32(1, 40)], { transposeA: false, transposeB: true }),
  call('matmul', 'stacks of one', [f32(1, 1, 3, 4), f32(1, 1, 4, 2)], { transposeA: false, transposeB: false }),
  call('matmul', 'five dimensions', [f32(2, 1, 3, 2, 4), f32(2, 1, 3, 5, 4)], { transposeA: false, transposeB: true }),
  call('matmul', 'many stacks', [whole(-3, 3, 60, 9, 8), whole(-3, 3, 60, 8, 7)], { transposeA: false, transposeB: false }, exact), // prettier-ignore
  ...(['relu', 'gelu', 'tanh', 'sigmoid'] as const).map((op) => ({
    name: `matmul: then a bias and ${op}`,
    operands: [f32(33, 20), f32(20, 17), f32(17)],
    build: (builder: GraphBuilder, [x = 0, w = 0, b = 0]: readonly NodeId[]) => {
      const product = builder.add('matmul', [x, w], { transposeA: false, transposeB: false });
      return builder.add(op, [builder.add('add', [product, b], {})], {});
    },
    exact: false,
    tolerance: 1e-5,
  })),
  ...(['relu', 'gelu'] as const).map((op) => ({
    name: `matmul: then a bias and ${op}, forward alone`,
    operands: [f32(33, 20), f32(20, 17), f32(17)],
    build: (builder: GraphBuilder, [x = 0, w = 0, b = 0]: readonly NodeId[]) => {
      const product = builder.add('matmul', [x, w], { transposeA: false, transposeB: false });
      return builder.add('stop', [builder.add(op, [builder.add('add', [product, b], {})], {})], {});
    },
    exact: false,
    tolerance: 1e-5,
  })),
];

const alongAxes: ConformanceCase[] = [
  ...(['reduce_sum', 'reduce_max', 'reduce_min'] as const).flatMap((op) => [
    call(op, 'every other of six axes', [whole(-3, 3, ...manyAxes)], { axes: [0, 2, 4], keep: false }, op === 'reduce_sum' ? exact : {}), // prettier-ignore
    call(op, 'the others of six axes, kept', [f32(...manyAxes)], { axes: [1, 3, 5], keep: true }),
    call(op, 'axes out of order', [f32(2, 3, 4)], { axes: [2, 0], keep: false }),
    call(op, 'axes of one alone', [f32(1, 3, 1)], { axes: [0, 2], keep: true }),
    call(op, 'a scalar', [f32()], { axes: [], keep: false }),
    call(op, 'one element', [f32(1, 1)], { axes: [0, 1], keep: false }),
    call(op, 'i32, everything', [i32(-1000, 1000, 9, 31)], { axes: [0, 1], keep: false }),
    call(op, 'rows shared among threads', [whole(-9, 9, 700, 96)], { axes: [0], keep: false }, op === 'reduce_sum' ? exact : {}), // prettier-ignore
    call(op, 'columns shared among threads', [whole(-9, 9, 700, 96)], { axes: [1], keep: false }, op === 'reduce_sum' ? exact : {}), // prettier-ignore
    call(op, 'one long row', [whole(-9, 9, 120_001)], { axes: [0], keep: false }, op === 'reduce_sum' ? exact : {}),
    call(op, 'all negative', [within(-9, -1, 6, 40)], { axes: [1], keep: true }),
  ]),
  call('argmax', 'ties over a long axis', [whole(0, 3, 3, 70_001)], { axis: 1 }),
  call('argmax', 'all alike', [whole(4, 4, 5, 1000)], { axis: 1 }),
  call('argmax', 'ties along the first of three axes', [whole(0, 2, 50, 7, 5)], { axis: 0 }),
  call('argmax', 'ties in the middle', [i32(0, 2, 7, 50, 5)], { axis: 1 }),
  call('argmax', 'infinities', [values([2, 3], -Infinity, -Infinity, -1e38, Infinity, 1e38, Infinity)], { axis: 1 }),
  call('cumsum', 'a long axis', [whole(-3, 3, 2, 5000)], { axis: 1, exclusive: false, reverse: false }, exact),
  call('cumsum', 'the middle axis, reverse', [whole(-3, 3, 4, 60, 5)], { axis: 1, exclusive: true, reverse: true }, exact), // prettier-ignore
  call('cumsum', 'an axis of one, exclusive', [f32(3, 1)], { axis: 1, exclusive: true, reverse: false }, exact),
  call('softmax', 'a vector', [f32(9)], { axis: 0 }),
  call('softmax', 'the middle of five axes', [f32(2, 3, 4, 2, 3)], { axis: 2 }),
  call('softmax', 'masked', [values([2, 4], 1, -Infinity, 2, -Infinity, -1e9, 0, -1e9, 1)], { axis: 1 }),
  call('softmax', 'all alike', [whole(7, 7, 3, 5)], { axis: 1 }),
  call('softmax', 'shared among threads', [f32(6, 40, 33)], { axis: 2 }),
  call('log_softmax', 'a vector', [f32(9)], { axis: 0 }),
  call('log_softmax', 'the first of four axes', [f32(5, 2, 3, 2)], { axis: 0 }),
  call('log_softmax', 'shared among threads', [f32(300, 101)], { axis: 1 }),
  call('top_k_values', 'one', [whole(0, 3, 40, 12)], { k: 1 }),
  call('top_k_values', 'a vector of one', [f32(1)], { k: 1 }),
  call('top_k_indices', 'all alike', [whole(2, 2, 3, 60)], { k: 60 }),
  call('top_k_indices', 'ties among many', [whole(0, 9, 7, 500)], { k: 90 }),
  call('top_k_indices', 'i32, ties', [i32(0, 2, 4, 33)], { k: 12 }),
  call('top_k_indices', 'three axes', [whole(0, 2, 2, 3, 9)], { k: 4 }),
];

const movement: ConformanceCase[] = [
  call('transpose', 'six axes', [f32(...manyAxes)], { permutation: [5, 1, 3, 0, 4, 2] }, exact),
  call('transpose', 'bool', [bool(3, 4, 2)], { permutation: [2, 0, 1] }, exact),
  call('transpose', 'a large matrix', [whole(-9, 9, 130, 257)], { permutation: [1, 0] }, exact),
  call('reshape', 'from a scalar', [f32()], { shape: [1, 1, 1] }, exact),
  call('reshape', 'u8', [u8(6)], { shape: [2, 3] }, exact),
  call('slice', 'five axes', [f32(3, 2, 4, 1, 5)], { starts: [1, 0, 2, 0, 1], sizes: [2, 1, 2, 1, 3] }, exact),
  call('slice', 'i32', [i32(0, 9, 4, 4)], { starts: [0, 3], sizes: [4, 1] }, exact),
  call('pad', 'five axes', [f32(2, 1, 2, 1, 2)], { before: [0, 1, 0, 2, 1], after: [1, 0, 0, 1, 0], value: 0 }, exact),
  call('pad', 'with the least number', [f32(2, 2)], { before: [1, 0], after: [0, 1], value: -Infinity }, exact),
  call('concat', 'the middle of four axes', [f32(2, 1, 3, 2), f32(2, 4, 3, 2)], { axis: 1 }, exact),
  call('concat', 'u8', [u8(2, 2), u8(2, 1)], { axis: 1 }, exact),
  call('concat', 'the same twice', [f32(3)], { axis: 0 }, exact),
  call(
    'concat',
    'many',
    Array.from({ length: 40 }, () => f32(1, 3)),
    { axis: 0 },
    exact,
  ),
  call('reverse', 'no axis', [f32(2, 3)], { axes: [] }, exact),
  call('reverse', 'bool, the middle of three axes', [bool(2, 5, 3)], { axes: [1] }, exact),
  call('reverse', 'u8, outer and inner', [u8(3, 2, 4)], { axes: [0, 2] }, exact),
];

const byIndex: ConformanceCase[] = [
  call('gather', 'the last axis', [f32(3, 5), i32(0, 4, 2, 3)], { axis: 1 }, exact),
  call('gather', 'by three dimensions', [f32(4, 2), i32(0, 3, 2, 1, 3)], { axis: 0 }, exact),
  call('gather', 'of one row', [f32(1, 3), i32(0, 0, 4)], { axis: 0 }, exact),
  call('gather', 'i32 scalars', [i32(-9, 9, 6), i32(0, 5, 4)], { axis: 0 }, exact),
  call('gather', 'bool, the middle axis', [bool(2, 4, 3), i32(0, 3, 2)], { axis: 1 }, exact),
  call('scatter_add', 'the last axis', [whole(-5, 5, 3, 7), i32(0, 4, 7)], { axis: 1, size: 5 }, exact),
  call('scatter_add', 'the middle axis by a matrix', [whole(-5, 5, 2, 3, 4, 5), i32(0, 5, 3, 4)], { axis: 1, size: 6 }, exact), // prettier-ignore
  call('scatter_add', 'the middle axis by a scalar', [whole(-5, 5, 2, 3), i32(2, 2)], { axis: 1, size: 4 }, exact),
  call('scatter_add', 'one row takes all, shared among threads', [whole(-5, 5, 900, 64), i32(3, 3, 900)], { axis: 0, size: 40 }, exact), // prettier-ignore
  call('gather_along', 'the middle of three axes', [f32(2, 5, 3), i32(0, 4, 2, 4, 3)], { axis: 1 }, exact),
  call('gather_along', 'four axes, the first', [f32(4, 2, 1, 3), i32(0, 3, 5, 2, 1, 3)], { axis: 0 }, exact),
  call('gather_along', 'a vector', [f32(5), i32(0, 4, 8)], { axis: 0 }, exact),
  call('gather_along', 'an axis of one', [f32(3, 1), i32(0, 0, 3, 4)], { axis: 1 }, exact),
  call('gather_along', 'bool', [bool(3, 5), i32(0, 4, 3, 2)], { axis: 1 }, exact),
  call('gather_along', 'u8', [u8(3, 5), i32(0, 2, 2, 5)], { axis: 0 }, exact),
  call('scatter_add_along', 'the middle of three axes', [whole(-5, 5, 2, 9, 3), i32(0, 4, 2, 9, 3)], { axis: 1, size: 5 }, exact), // prettier-ignore
  call('scatter_add_along', 'a vector', [whole(-5, 5, 50), i32(0, 6, 50)], { axis: 0, size: 7 }, exact),
  call('scatter_add_along', 'to an axis of one', [whole(-5, 5, 3, 6), i32(0, 0, 3, 6)], { axis: 1, size: 1 }, exact),
  call('scatter_add_along', 'shared among threads', [whole(-5, 5, 40, 700), i32(0, 9, 40, 700)], { axis: 1, size: 10 }, exact), // prettier-ignore
  call('one_hot', 'of one', [i32(0, 0, 3)], { depth: 1 }),
  call('one_hot', 'three axes', [i32(0, 6, 2, 1, 4)], { depth: 7 }),
  call('iota', 'the middle of three axes', [], { shape: [2, 4, 3], axis: 1 }),
  call('iota', 'one', [], { shape: [1], axis: 0 }),
];

export const awkwardCases: readonly ConformanceCase[] = [
  ...interleaved,
  ...numbers,
  ...contractions,
  ...alongAxes,
  ...movement,
  ...byIndex,
];
