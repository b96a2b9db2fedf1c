/** What a bad camera does to a picture. Pictures are RGB, 0..1, row by row. */
import type { RandomStream } from '../../random.ts';
import { cosine, sine } from './rotation.ts';

/** The mean along a line of `length` pixels at `angle`; the border repeats. */
export function blurAlong(picture: Float32Array, size: number, angle: number, length: number): Float32Array {
  const out = new Float32Array(picture.length);
  const [dx, dy] = [cosine(angle), sine(angle)];
  const taps = Math.ceil(length);
  const clamp = (value: number): number => Math.min(size - 1, Math.max(0, Math.round(value)));
  for (let tap = 0; tap < taps; tap++) {
    const t = ((tap + 0.5) / taps - 0.5) * length;
    for (let y = 0; y < size; y++) {
      const row = clamp(y + t * dy) * size;
      for (let x = 0; x < size; x++) {
        const from = (row + clamp(x + t * dx)) * 3;
        const to = (y * size + x) * 3;
        out[to]! += picture[from]!;
        out[to + 1]! += picture[from + 1]!;
        out[to + 2]! += picture[from + 2]!;
      }
    }
  }
  for (let at = 0; at < out.length; at++) out[at]! /= taps;
  return out;
}

/** Squares of `block` pixels of their mean. */
export function pixelate(picture: Float32Array, size: number, block: number): Float32Array {
  const out = new Float32Array(picture.length);
  for (let top = 0; top < size; top += block) {
    for (let left = 0; left < size; left += block) {
      const [bottom, right] = [Math.min(size, top + block), Math.min(size, left + block)];
      const count = (bottom - top) * (right - left);
      for (let channel = 0; channel < 3; channel++) {
        let sum = 0;
        for (let y = top; y < bottom; y++)
          for (let x = left; x < right; x++) sum += picture[(y * size + x) * 3 + channel]!;
        for (let y = top; y < bottom; y++)
          for (let x = left; x < right; x++) out[(y * size + x) * 3 + channel] = sum / count;
      }
    }
  }
  return out;
}

/**
 * Adds noise of standard deviation `level` to every number. A sum of four uniforms stands for the normal: its tails end
 * at 3.5 deviations and no logarithm is needed, whose last bits engines choose. Draws words 200000.. of `random`.
 */
export function addNoise(picture: Float32Array, level: number, random: RandomStream): Float32Array {
  const scale = level * Math.sqrt(3) * (2 / 4294967296);
  return picture.map((value, at) => {
    const first = 200000 + 4 * at;
    // Var(u) = 1/12, so four uniforms have variance 1/3.
    const sum = random.uint32(first) + random.uint32(first + 1) + random.uint32(first + 2) + random.uint32(first + 3);
    return value + (sum - 2 * 4294967296) * (scale / 2);
  });
}
