import { elementCount, rowMajorStrides } from '../types/dtype.ts';
import type { Kernels } from './kernel.ts';
import { around, broadcastStrides, stridedOffsets } from './strided.ts';
import type { TensorData } from './tensor-data.ts';

type ShapeOp = 'reshape' | 'transpose' | 'broadcast' | 'slice' | 'pad' | 'concat' | 'reverse';

/** What the ops that only move elements mean. */
export const shapeKernels: Kernels<ShapeOp> = {
  reshape: ([x], result) => result.data.set(x.data),
  transpose: ([x], result, { permutation }) => {
    const strides = rowMajorStrides(x.shape);
    view(
      x,
      result,
      permutation.map((axis) => strides[axis] ?? 0),
    );
  },
  broadcast: ([x], result, { shape }) => view(x, result, broadcastStrides(x.shape, shape)),
  slice: ([x], result, { starts }) => {
    const strides = rowMajorStrides(x.shape);
    view(x, result, strides, dot(starts, strides));
  },
  reverse: ([x], result, { axes }) => {
    const strides = rowMajorStrides(x.shape);
    const last = x.shape.map((extent, axis) => (axes.includes(axis) ? extent - 1 : 0));
    const signed = strides.map((stride, axis) => (axes.includes(axis) ? -stride : stride));
    view(x, result, signed, dot(last, strides));
  },
  pad: ([x], result, { before, value }) => {
    result.data.fill(value);
    const strides = rowMajorStrides(result.shape);
    const places = stridedOffsets(x.shape, strides, dot(before, strides));
    for (let at = 0; at < places.length; at++) result.data[places[at]!] = x.data[at]!;
  },
  concat: (operands, result, { axis }) => {
    const { outer, extent, inner } = around(result.shape, axis);
    let start = 0;
    for (const { shape, data } of operands) {
      const run = elementCount(shape.slice(axis));
      for (let row = 0; row < outer; row++) {
        result.data.set(data.subarray(row * run, (row + 1) * run), row * extent * inner + start);
      }
      start += run;
    }
  },
};

/** The result's elements are x's at these strides. */
function view(x: TensorData, result: TensorData, strides: readonly number[], base = 0): void {
  const offsets = stridedOffsets(result.shape, strides, base);
  for (let at = 0; at < offsets.length; at++) result.data[at] = x.data[offsets[at]!]!;
}

function dot(a: readonly number[], b: readonly number[]): number {
  return a.reduce((sum, value, axis) => sum + value * (b[axis] ?? 0), 0);
}
