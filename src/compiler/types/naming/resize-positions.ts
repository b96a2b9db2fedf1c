/**
 * Tables of places for a grid of another size, as timm and open_clip make them: PyTorch's bicubic interpolation with antialiasing, whose
 * kernel has a = −0.5 (R. G. Keys, 1981) and is widened where the grid shrinks.
 */

/** Weights `[to][from]` along one axis; each row sums to 1. */
export function cubicWeights(from: number, to: number): readonly (readonly number[])[] {
  const scale = from / to;
  const widened = Math.max(scale, 1);
  const support = 2 * widened;
  return Array.from({ length: to }, (_, index) => {
    const centre = scale * (index + 0.5);
    const first = Math.max(0, Math.trunc(centre - support + 0.5));
    const last = Math.min(from, Math.trunc(centre + support + 0.5));
    const row = Array.from({ length: from }, (__, at) => at >= first && at < last ? kernel((at - centre + 0.5) / widened) : 0); // prettier-ignore
    const sum = row.reduce((total, weight) => total + weight, 0);
    return row.map((weight) => weight / sum);
  });
}

function kernel(at: number): number {
  const [a, x] = [-0.5, Math.abs(at)];
  if (x < 1) return ((a + 2) * x - (a + 3)) * x * x + 1;
  return x < 2 ? ((a * x - 5 * a) * x + 8 * a) * x - 4 * a : 0;
}

/** `table [1 + from², width]` → `[1 + to², width]`: the first row (of the class token, or of the mean) stays. */
export function resizedPositions(table: Float32Array, width: number, from: number, to: number): Float32Array {
  const weights = cubicWeights(from, to);
  const result = new Float32Array((1 + to * to) * width);
  result.set(table.subarray(0, width));
  const across = new Float64Array(from * to * width); // [from, to, width]
  for (let row = 0; row < from; row++)
    for (const [column, taps] of weights.entries())
      for (const [at, weight] of taps.entries())
        if (weight !== 0)
          for (let number = 0; number < width; number++)
            across[(row * to + column) * width + number]! += weight * table[(1 + row * from + at) * width + number]!;
  for (const [row, taps] of weights.entries())
    for (let column = 0; column < to; column++)
      for (let number = 0; number < width; number++) {
        let sum = 0;
        for (const [at, weight] of taps.entries()) sum += weight * across[(at * to + column) * width + number]!;
        result[(1 + row * to + column) * width + number] = sum;
      }
  return result;
}
