import type { TensorType } from './graph.ts';

/** `f32[2,3]`; a scalar is `f32[]`. */
export function formatType(type: TensorType): string {
  return `${type.dtype}[${type.shape.join(',')}]`;
}
