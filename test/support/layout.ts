import type { TensorData } from '../../src/compiler/ir/tensor-data.ts';
import { elementCount, rowMajorStrides } from '../../src/compiler/types/dtype.ts';

/** The tensor with its axes in another order. */
function permuted(tensor: TensorData, permutation: readonly number[]): TensorData {
  const shape = permutation.map((axis) => tensor.shape[axis] ?? 1);
  const strides = rowMajorStrides(tensor.shape);
  const data = tensor.data.slice();
  const index = shape.map(() => 0);
  for (let at = 0; at < elementCount(shape); at++) {
    const from = permutation.reduce(
      (offset, axis, position) => offset + (index[position] ?? 0) * (strides[axis] ?? 0),
      0,
    );
    data[at] = tensor.data[from] ?? 0;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      const next = (index[axis] ?? 0) + 1;
      index[axis] = next === shape[axis] ? 0 : next;
      if (index[axis] !== 0) break;
    }
  }
  return { dtype: tensor.dtype, shape, data };
}

/** PyTorch's images to clipx's. */
export function toNhwc(images: TensorData): TensorData {
  return permuted(images, [0, 2, 3, 1]);
}

export function toNchw(images: TensorData): TensorData {
  return permuted(images, [0, 3, 1, 2]);
}

/** PyTorch's convolution weights to clipx's. */
export function toHwio(weights: TensorData): TensorData {
  return permuted(weights, [2, 3, 1, 0]);
}

export function toOihw(weights: TensorData): TensorData {
  return permuted(weights, [3, 2, 0, 1]);
}
