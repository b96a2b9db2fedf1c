import { assert, array, double, integer, property } from 'fast-check';
import { expect, test } from 'vitest';
import { append, emptySeries, resample } from '../../src/tui/series.ts';

const numbers = array(double({ min: -1e6, max: 1e6, noNaN: true }), { maxLength: 3000 });

test('memory stays bounded, and every finite value counts once', () => {
  assert(
    property(numbers, (values) => {
      const series = values.reduce(append, emptySeries);
      expect(series.points.length).toBeLessThan(256);
      expect(series.points.length * series.stride + series.count).toBe(values.length);
      const sum = series.points.reduce((total, it) => total + it * series.stride, series.sum);
      expect(sum).toBeCloseTo(
        values.reduce((total, it) => total + it, 0),
        2,
      );
    }),
    { numRuns: 50 },
  );
});

test('a resampled course lies between the least and the greatest value', () => {
  assert(
    property(numbers, integer({ min: 1, max: 80 }), (values, width) => {
      const points = resample(values.reduce(append, emptySeries), width);
      expect(points.length).toBeLessThanOrEqual(width);
      for (const point of points) {
        expect(point).toBeGreaterThanOrEqual(Math.min(...values) - 1e-6);
        expect(point).toBeLessThanOrEqual(Math.max(...values) + 1e-6);
      }
    }),
    { numRuns: 50 },
  );
});

test('what is not finite leaves no mark', () => {
  expect([null, Number.NaN, Number.POSITIVE_INFINITY].reduce(append, emptySeries)).toEqual(emptySeries);
});
