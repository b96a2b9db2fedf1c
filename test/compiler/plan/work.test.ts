import { describe, expect, test } from 'vitest';
import { fitRates, secondsOf, type Work } from '../../../src/compiler/plan/work.ts';

const rates = { perProductFlop: 5e-12, perConvolutionFlop: 1.2e-11, perByte: 3e-11, perOp: 6e-6 };

const works: readonly Work[] = [
  { productFlops: 4e9, convolutionFlops: 0, bytes: 2e7, ops: 40 },
  { productFlops: 0, convolutionFlops: 2e9, bytes: 1e8, ops: 300 },
  { productFlops: 1e9, convolutionFlops: 1e8, bytes: 9e8, ops: 200 },
  { productFlops: 0, convolutionFlops: 0, bytes: 2e8, ops: 20 },
  { productFlops: 1e6, convolutionFlops: 1e6, bytes: 1e6, ops: 900 },
];

describe('rates fitted to timed graphs', () => {
  test('are those that made the times', () => {
    const fitted = fitRates(works.map((work) => ({ work, seconds: secondsOf(work, rates) })));
    for (const rate of Object.keys(rates) as (keyof typeof rates)[])
      expect(fitted[rate] / rates[rate]).toBeCloseTo(1, 4);
  });

  test('are none of them below zero, whatever the times say', () => {
    const fitted = fitRates(works.map((work, at) => ({ work, seconds: at === 3 ? 1e-9 : secondsOf(work, rates) })));
    for (const rate of Object.values(fitted)) expect(rate).toBeGreaterThanOrEqual(0);
  });

  test('a kind of work that nothing timed has is free', () => {
    const work = { productFlops: 1e9, convolutionFlops: 0, bytes: 0, ops: 0 };
    const fitted = fitRates([{ work, seconds: 0.01 }]);
    expect(fitted.perProductFlop).toBeCloseTo(1e-11, 15);
    expect([fitted.perConvolutionFlop, fitted.perByte, fitted.perOp]).toEqual([0, 0, 0]);
  });
});
