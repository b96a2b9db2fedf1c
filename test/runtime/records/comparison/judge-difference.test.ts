import { describe, expect, test } from 'vitest';
import {
  judgeDifference,
  type DifferenceRequest,
} from '../../../../src/runtime/records/comparison/judge-difference.ts';
import type { SideMetric } from '../../../../src/runtime/records/comparison/sides.ts';
import { spreadOf } from '../../../../src/runtime/records/study.ts';

/** Values by seed, from seed `first` on. */
function side(values: readonly (number | null | undefined)[], first = 1): SideMetric {
  return { values: values.map((value, at) => ({ seed: first + at, value })), spread: spreadOf(values) };
}

const judged = (baseline: SideMetric, other: SideMetric, more: Partial<DifferenceRequest> = {}) =>
  judgeDifference({ baseline, other, direction: 'max', ...more });

describe('judgeDifference', () => {
  test('two standard errors of the differences, seed by seed, decide', () => {
    // differences 1, 2, 3: mean 2, deviation 1, standard error 1 / √3
    const found = judged(side([10, 20, 30]), side([11, 22, 33]));
    expect(found.difference).toBeCloseTo(2, 12);
    expect(found.standardError).toBeCloseTo(1 / Math.sqrt(3), 12);
    expect(found).toMatchObject({ verdict: 'better', seeds: [1, 2, 3] });
    expect(judged(side([11, 22, 33]), side([10, 20, 30])).verdict).toBe('worse');
    // differences 0, 1: mean 1/2 is one standard error
    expect(judged(side([1, 1]), side([1, 2]))).toMatchObject({ verdict: 'unsure', reason: 'within two standard errors' }); // prettier-ignore
    // every difference is 1: no spread at all
    expect(judged(side([1, 5]), side([2, 6])).verdict).toBe('better');
  });

  test('lower is better where that is said, and nobody guesses', () => {
    expect(judged(side([10, 20]), side([11, 21]), { direction: 'min' }).verdict).toBe('worse');
    expect(judged(side([10, 20]), side([9, 19]), { direction: 'min' }).verdict).toBe('better');
    expect(judged(side([10, 20]), side([9, 19]), { direction: undefined })).toMatchObject({ verdict: 'unsure', reason: 'whether more or less of it is better is not known' }); // prettier-ignore
  });

  test('one seed on a side is unsure, unless the numbers are the same', () => {
    expect(judged(side([1]), side([2]))).toMatchObject({ verdict: 'unsure', difference: 1, reason: 'one seed says nothing of the spread' }); // prettier-ignore
    expect(judged(side([1, 2]), side([2])).verdict).toBe('unsure');
    expect(judged(side([0]), side([0])).verdict).toBe('same');
    expect(judged(side([1], 1), side([1], 2))).toMatchObject({ verdict: 'same', seeds: [] });
    expect(judged(side([1, 2, 3]), side([1, 2, 3])).verdict).toBe('same');
    expect(judged(side([1, 2, 3]), side([3], 3))).toMatchObject({ verdict: 'same', reason: 'on seed 3, which both have' }); // prettier-ignore
  });

  test('seeds that only one side has are no pair', () => {
    expect(judged(side([1, 2], 1), side([3, 4], 3))).toMatchObject({ verdict: 'unsure', difference: 2, seeds: [] });
    expect(judged(side([1, 2], 1), side([3, 4], 2))).toMatchObject({ verdict: 'unsure', seeds: [2], reason: 'they have one seed in common, 2, and one says nothing of the spread' }); // prettier-ignore
  });

  test('0 is a number; what is missing, or no number, is none', () => {
    expect(judged(side([0, 0]), side([1, 1])).verdict).toBe('better');
    expect(judged(side([1, 1]), side([0, 0])).verdict).toBe('worse');
    for (const lacking of [undefined, null]) {
      const found = judged(side([1, 1]), side([lacking, lacking]));
      expect(found).toEqual({ verdict: 'unsure', seeds: [], reason: 'it has no number' });
      expect(judged(side([lacking]), side([0])).reason).toBe('the baseline has no number');
    }
  });

  test('what is refused has numbers and no verdict, and what is not through is unsure', () => {
    const two = [side([10, 20]), side([11, 21])] as const;
    expect(judged(...two, { refused: 'their protocols differ' })).toMatchObject({ verdict: null, difference: 1, reason: 'their protocols differ' }); // prettier-ignore
    expect(judged(side([1]), side([undefined]), { refused: 'no' })).toMatchObject({ verdict: null, reason: 'no' });
    expect(judged(...two, { unfinished: 'B is not complete' })).toMatchObject({ verdict: 'unsure', reason: 'B is not complete' }); // prettier-ignore
  });
});
