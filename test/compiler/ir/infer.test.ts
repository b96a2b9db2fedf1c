import { describe, expect, test } from 'vitest';
import { InternalError } from '../../../src/compiler/common/invariant.ts';
import type { TensorType } from '../../../src/compiler/ir/graph.ts';
import { inferType } from '../../../src/compiler/ir/infer.ts';
import type { OpAttributes, OpName } from '../../../src/compiler/ir/ops.ts';
import type { DType } from '../../../src/compiler/types/dtype.ts';

function type(dtype: DType, ...shape: number[]): TensorType {
  return { dtype, shape };
}

function illegal<Op extends OpName>(
  op: Op,
  operands: readonly TensorType[],
  attributes: OpAttributes[Op],
  message: string,
): [string, () => unknown, string] {
  return [`${op}: ${message}`, () => inferType(op, operands, attributes), message];
}

const window = { stride: [1, 1], padding: [0, 0, 0, 0] } as const;
const convolution = { ...window, dilation: [1, 1], groups: 1 } as const;

describe('illegal calls are refused', () => {
  test.each([
    illegal('add', [type('f32', 2), type('f32', 3)], {}, 'shapes [2] and [3] do not broadcast'),
    illegal('add', [type('f32', 2), type('i32', 2)], {}, 'element types f32 and i32 differ'),
    illegal('add', [type('f32', 2)], {}, '2 operands expected, 1 found'),
    illegal('add', [type('u8', 2), type('u8', 2)], {}, 'must be f32 or i32'),
    illegal('exp', [type('i32', 2)], {}, 'must be f32'),
    illegal('not', [type('f32', 2)], {}, 'must be bool'),
    illegal('select', [type('f32', 2), type('f32', 2), type('f32', 2)], {}, 'the condition must be bool'),
    illegal('matmul', [type('f32', 2, 3), type('f32', 2, 3)], { transposeA: false, transposeB: false }, 'inner extents 3 and 2 differ'),
    illegal('matmul', [type('f32', 4, 2, 3), type('f32', 5, 3, 2)], { transposeA: false, transposeB: false }, 'leading dimensions must be equal'),
    illegal('matmul', [type('f32', 3), type('f32', 3, 2)], { transposeA: false, transposeB: false }, 'rank 2 or more'),
    illegal('conv2d', [type('f32', 1, 4, 4, 3), type('f32', 3, 3, 2, 8)], convolution, '3 channels, 1 groups'),
    illegal('conv2d', [type('f32', 1, 2, 2, 3), type('f32', 3, 3, 3, 8)], convolution, 'at least 1'),
    illegal('conv2d_grad_input', [type('f32', 1, 2, 2, 8), type('f32', 3, 3, 3, 8)], { ...convolution, inputShape: [1, 5, 5, 3] }, '[1,3,3,8] expected'),
    illegal('max_pool', [type('f32', 1, 4, 4, 1)], { window: [2, 2], stride: [1, 1], padding: [2, 0, 0, 0] }, 'padding reaches the window'),
    illegal('reduce_sum', [type('f32', 2, 3)], { axes: [2], keep: false }, 'axis 2 of rank 2'),
    illegal('reduce_sum', [type('f32', 2, 3)], { axes: [1, 1], keep: false }, 'named twice'),
    illegal('reshape', [type('f32', 2, 3)], { shape: [5] }, 'another number of elements'),
    illegal('transpose', [type('f32', 2, 3)], { permutation: [0] }, 'a permutation of 2 axes'),
    illegal('broadcast', [type('f32', 2)], { shape: [3] }, 'does not broadcast to [3]'),
    illegal('slice', [type('f32', 4)], { starts: [2], sizes: [3] }, '2 .. 5 exceeds axis 0 of extent 4'),
    illegal('concat', [type('f32', 2, 3), type('f32', 3, 3)], { axis: 1 }, '[2,3] expected, [3,3] found'),
    illegal('gather', [type('f32', 2), type('f32', 2)], { axis: 0 }, 'the indices must be i32'),
    illegal('gather_along', [type('f32', 2, 3), type('i32', 3, 3)], { axis: 1 }, '[2,3] expected'),
    illegal('scatter_add', [type('f32', 2, 3), type('i32', 4)], { axis: 0, size: 9 }, "the indices' dimensions"),
    illegal('top_k_values', [type('f32', 3)], { k: 4 }, 'k = 4 of 3'),
    illegal('layer_norm', [type('f32', 2, 3), type('f32', 2), type('f32', 3)], { epsilon: 1 }, '[3] expected, [2] found'),
    illegal('batch_norm_training', [type('f32', 2, 3), type('f32', 3), type('f32', 2)], { epsilon: 1 }, '[3] expected, [2] found'),
    illegal('batch_norm_training', [type('f32'), type('f32'), type('f32')], { epsilon: 1 }, 'rank 1 or more'),
    illegal('batch_norm_grad_input', [type('f32', 2, 3), type('f32', 4, 3), type('f32', 3)], { epsilon: 1 }, '[4,3] expected, [2,3] found'),
    illegal('batch_norm_grad_scale', [type('f32', 3), type('f32', 2, 3)], { epsilon: 1 }, '[2,3] expected, [3] found'),
    illegal('batch_norm', [type('f32', 2, 3), type('f32', 2), type('f32'), type('f32'), type('f32')], {}, 'does not broadcast'),
    illegal('constant', [], { dtype: 'f32', shape: [3], values: [1, 2] }, '3 or 1 values expected, 2 found'),
    illegal('input', [], { name: 'x', dtype: 'f32', shape: [0] }, 'at least 1, found 0'),
    illegal('resize', [type('f32', 2, 3)], { height: 1, width: 1, method: 'linear' }, 'four dimensions'),
  ])('%s', (_, infer, message) => {
    expect(infer).toThrow(InternalError);
    expect(infer).toThrow(message);
  }); // prettier-ignore
});

test('a refusal names the call', () => {
  const operands = [type('f32', 2, 3), type('i32')];
  expect(() => inferType('gather', operands, { axis: 4 })).toThrow(
    'gather(f32[2,3], i32[]) {"axis":4} is illegal: axis 4',
  );
});

test('pixels can be moved and cast, nothing else', () => {
  const pixels = type('u8', 2, 2);
  expect(inferType('cast', [pixels], { dtype: 'f32' })).toEqual(type('f32', 2, 2));
  expect(inferType('gather', [pixels, type('i32', 5)], { axis: 1 })).toEqual(type('u8', 2, 5));
  expect(() => inferType('mul', [pixels, pixels], {})).toThrow(InternalError);
});
