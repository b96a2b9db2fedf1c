import { stream } from '../../src/runtime/random.ts';

/** What an experiment reads and trains to find that line: `source.jsonl`, `val.jsonl` and F. */
export const lineModel = `axis xy = 2
input x : vector(xy)
input y : vector(xy)

data source = jsonl("source.jsonl") { x: "x"  y: "y" }
data val    = jsonl("val.jsonl") like source

trainable module F = linear(xy -> xy)
let ŷ = F(x)`;

/** Points on y = [[1, 2], [3, 4]] x, a line of JSON each. */
export function pointLines(count: number): string {
  const random = stream(7, 'points');
  const lines = Array.from({ length: count }, (_, index) => {
    const x = [random.uniform(2 * index) - 0.5, random.uniform(2 * index + 1) - 0.5] as const;
    return `${JSON.stringify({ x, y: [x[0] + 2 * x[1], 3 * x[0] + 4 * x[1]] })}\n`;
  });
  return lines.join('');
}
