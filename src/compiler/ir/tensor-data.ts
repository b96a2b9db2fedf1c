import { elementCount, type DType, type Shape } from '../types/dtype.ts';
import type { TensorType } from './graph.ts';

export type Numbers = Float32Array | Float64Array | Int32Array | Uint8Array;

/** A tensor of the reference evaluator, row-major. bool and u8 are bytes; f32 is float64 where `precision` is f64. */
export interface TensorData extends TensorType {
  readonly data: Numbers;
}

/** How much of a float the evaluator keeps after each op. */
export type Precision = 'f32' | 'f64';

/** Zeros of this type. */
export function allocate(type: TensorType, precision: Precision): TensorData {
  return { dtype: type.dtype, shape: type.shape, data: numbers(type.dtype, elementCount(type.shape), precision) };
}

/** A tensor of these row-major values; one value fills it. */
export function tensorOf(dtype: DType, shape: Shape, values: readonly number[], precision: Precision): TensorData {
  const tensor = allocate({ dtype, shape }, precision);
  if (values.length === 1) tensor.data.fill(values[0] ?? 0);
  else tensor.data.set(values);
  return tensor;
}

function numbers(dtype: DType, count: number, precision: Precision): Numbers {
  switch (dtype) {
    case 'f32':
      return precision === 'f64' ? new Float64Array(count) : new Float32Array(count);
    case 'i32':
      return new Int32Array(count);
    case 'bool':
    case 'u8':
      return new Uint8Array(count);
  }
}
