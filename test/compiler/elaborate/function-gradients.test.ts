/** Gradients of the functions that are formulas of others, against central differences. */
import { describe, expect, it } from 'vitest';
import { gradientFaults, numbers, type Equations } from '../../support/equations.ts';
import { Random } from '../../support/random.ts';

const random = new Random(11);
const some = (axes: Readonly<Record<string, number>>) => numbers(axes, () => random.uniform(-1.5, 1.5));

const world: Equations = {
  declare: 'axis control : position = 4\nvocabulary class = ["a", "b", "c"]',
  declared: ['control'],
  given: {
    x: some({ k: 5, f_d: 3 }),
    y: some({ k: 5, f_d: 3 }),
    n: some({ k: 5 }),
    pixels: some({ rows: 4, columns: 5 }),
    filter: some({ u: 2, v: 3, f_out: 2 }),
    places: numbers({ spot: 3 }, [0.4, 1.3, 2.6]),
    P: numbers({ s: 1, control: 4, f_xy: 2 }, [1.1, 0.8, 2.2, 1.4, 3.3, 2.7, 4.2, 3.1]),
  },
  lets: 'let picture = pixels[rows as height, columns as width]\nlet some = only(x, n > 0)\nlet group = as_index(2 * n + 1, class)',
};

const formulas: readonly string[] = [
  'shift(x, by: 1, over: k, fill: 0.5)',
  'fill(shift(x, by: -2, over: k), 0)',
  'reverse(x, over: k)',
  'fill(reverse(some, over: k), 0)',
  'median(x, over: k)',
  'median(some, over: k)',
  'cumsum(x, over: k)',
  'windows(x, over: k as [hop, tap], size: 2, every: 1)',
  'pad(x, over: k as wide, before: 2, after: 1, edge: on)',
  'x[k: 0..-1 by 2 as half]',
  'merge(x, k, f_d) as cell',
  'split(merge(x, k, f_d) as cell, cell, sizes: [3, 5]) as [a, b]',
  'sum(x, by: group, over: k)',
  'fill(mean(x, by: group, over: k), 0)',
  'fill(max(x, by: group, over: k), 0)',
  'dot(x, y, along: [k, f_d])',
  'normalize(x, along: [k, f_d])',
  'softmax(x, over: [k, f_d])',
  'softmax(x, over: [k, f_d], where: n > 0)',
  'mean(x / n, where: n > 0)',
  'sum(log(n) * x, over: k, where: n > 0)',
  'resize(picture, size: [7, 9], corners: aligned)',
  'resize(picture, size: [3, 8])',
  'resize(picture, scale: 2, method: cubic)',
  'flip(picture)',
  'pool(picture, max, 2)',
  'pool(picture, mean, 3, stride: 1, padding: 1)',
  'conv2d(picture, filter, over: [u, v], stride: 2, padding: 1)',
  'conv_transpose(picture, filter, over: [u, v], stride: 2, padding: 1)',
  'gaussian_blur(picture, sigma: 0.6)',
  'warp(picture, places, places + 0.65)',
  'untile(tiles(picture, 3, stride: 2) as tile)',
  'spectrogram(n, over: k as [step, bin], size: 4, hop: 1)',
  'log10(max(mel(n, over: k as [step, band], size: 4, hop: 1, bands: 2, rate: 8000), 1e-9))',
  'prod(x, over: k)',
  'mean(x * r for r in [1, 2])',
  'where(class["b"] == group, x, y)',
];

describe('the gradient of a function', () => {
  it.each(formulas)('%s', (formula) => {
    expect(gradientFaults(world, formula)).toEqual([]);
  });

  it('of strokes, which is that of the distance to the nearest point', () => {
    // one step of the polyline is not the curve: the envelope theorem holds to its length
    expect(
      gradientFaults(
        world,
        'mean(bezier_strokes(P, like: picture, σ: 1.5, samples: 400), over: [height, width])',
      ).filter((fault) => {
        const [got, wanted] = (fault.split(': ')[1] ?? '').split(', expected ').map(Number);
        return Math.abs((got ?? 0) - (wanted ?? 0)) > 2e-3;
      }),
    ).toEqual([]);
  });
});
