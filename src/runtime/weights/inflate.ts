import type { ParameterTensor } from '../../compiler/program/parameter.ts';
import { elementCount, type Shape } from '../../compiler/types/dtype.ts';

/** Of what a tensor starts from: filters over films start from those over pictures, without the first dimension. */
export const startShape = ({ shape, inflate }: Pick<ParameterTensor, 'shape' | 'inflate'>): Shape =>
  inflate === undefined ? shape : shape.slice(1);

/**
 * A filter over films that starts as one over pictures: in the middle frame alone, zeros around it (`centre`), so that what it computes is
 * the same, or an equal part in each frame (`mean`; Carreira and Zisserman, 2017).
 */
export function inflated({ shape, inflate }: Pick<ParameterTensor, 'shape' | 'inflate'>, start: Float32Array): Float32Array {
  if (inflate === undefined) return start;
  const [time = 1] = shape;
  const whole = new Float32Array(elementCount(shape));
  if (inflate === 'centre') whole.set(start, Math.floor((time - 1) / 2) * start.length);
  else for (let frame = 0; frame < time; frame++) whole.set(start.map((value) => value / time), frame * start.length);
  return whole;
} // prettier-ignore
