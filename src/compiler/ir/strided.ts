import { elementCount, rowMajorStrides, type Shape } from '../types/dtype.ts';

/**
 * Where the elements of `shape`, in row-major order, lie in a buffer with these strides: a view as a list of offsets.
 * A stride of 0 repeats (broadcast), or gathers into one place (reduction); a negative one runs backwards.
 */
export function stridedOffsets(shape: Shape, strides: readonly number[], base = 0): Int32Array {
  const offsets = new Int32Array(elementCount(shape));
  offsets[0] = base;
  let block = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    const extent = shape[axis]!;
    const stride = strides[axis]!;
    for (let step = 1; step < extent; step++) {
      for (let at = 0; at < block; at++) offsets[step * block + at] = offsets[at]! + step * stride;
    }
    block *= extent;
  }
  return offsets;
}

/** Strides that read a tensor of shape `from` as if it were broadcast to `to`. */
export function broadcastStrides(from: Shape, to: Shape): number[] {
  const own = rowMajorStrides(from);
  const lead = to.length - from.length;
  return to.map((_, axis) => (axis < lead || from[axis - lead] === 1 ? 0 : (own[axis - lead] ?? 0)));
}

/** Strides that send each element of `shape` to its place in the tensor reduced over `axes`. */
export function reductionStrides(shape: Shape, axes: readonly number[]): number[] {
  const kept = rowMajorStrides(shape.map((extent, axis) => (axes.includes(axis) ? 1 : extent)));
  return shape.map((_, axis) => (axes.includes(axis) ? 0 : (kept[axis] ?? 0)));
}

/** A tensor seen as [outer, extent, inner] around one axis. */
export function around(shape: Shape, axis: number): { outer: number; extent: number; inner: number } {
  return {
    outer: elementCount(shape.slice(0, axis)),
    extent: shape[axis] ?? 1,
    inner: elementCount(shape.slice(axis + 1)),
  };
}
