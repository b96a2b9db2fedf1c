import type { DType, Shape } from '../../src/compiler/types/dtype.ts';
import { elementCount } from '../../src/compiler/types/dtype.ts';
import type { TensorValue } from '../../src/runtime/backends/backend.ts';

/** What a case's operand is filled with. */
export type Fill =
  /** Spread over (−2, 2), no two alike. */
  | { readonly kind: 'smooth' }
  /** Spread over (low, high). */
  | { readonly kind: 'range'; readonly low: number; readonly high: number }
  /** Whole numbers from low to high, many alike: ties, and sums that are exact in float32. */
  | { readonly kind: 'integers'; readonly low: number; readonly high: number }
  /** These, row-major. */
  | { readonly kind: 'values'; readonly values: readonly number[] };

export interface Operand {
  readonly dtype: DType;
  readonly shape: Shape;
  readonly fill: Fill;
}

export const f32 = (...shape: number[]): Operand => ({ dtype: 'f32', shape, fill: { kind: 'smooth' } });

export const within = (low: number, high: number, ...shape: number[]): Operand => ({
  dtype: 'f32',
  shape,
  fill: { kind: 'range', low, high },
});

export const whole = (low: number, high: number, ...shape: number[]): Operand => ({
  dtype: 'f32',
  shape,
  fill: { kind: 'integers', low, high },
});

export const values = (shape: Shape, ...list: number[]): Operand => ({
  dtype: 'f32',
  shape,
  fill: { kind: 'values', values: list },
});

export const i32 = (low: number, high: number, ...shape: number[]): Operand => ({
  dtype: 'i32',
  shape,
  fill: { kind: 'integers', low, high },
});

export const bool = (...shape: number[]): Operand => ({
  dtype: 'bool',
  shape,
  fill: { kind: 'integers', low: 0, high: 1 },
});

export const u8 = (...shape: number[]): Operand => ({
  dtype: 'u8',
  shape,
  fill: { kind: 'integers', low: 0, high: 255 },
});

/** The operand's elements: the same for the same place in the same case, on every engine. */
export function fillOperand({ dtype, shape, fill }: Operand, seed: number): TensorValue {
  const count = elementCount(shape);
  const random = generator(seed);
  const list = Array.from({ length: count }, (_, at) => element(fill, at, random));
  if (dtype === 'f32') return { dtype, shape, data: Float32Array.from(list) };
  return { dtype, shape, data: dtype === 'i32' ? Int32Array.from(list) : Uint8Array.from(list) };
}

function element(fill: Fill, at: number, random: () => number): number {
  if (fill.kind === 'values') return fill.values[at % fill.values.length] ?? 0;
  if (fill.kind === 'integers') return fill.low + Math.floor(random() * (fill.high - fill.low + 1));
  const { low, high } = fill.kind === 'smooth' ? { low: -2, high: 2 } : fill;
  return low + random() * (high - low);
}

/** Numbers in [0, 1): Steele, Lea & Flood, "Fast splittable pseudorandom number generators" (2014), on 32 bits. */
function generator(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x9e3779b9) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 16), 0x21f0aaad);
    mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97);
    return ((mixed ^ (mixed >>> 15)) >>> 0) / 2 ** 32;
  };
}
