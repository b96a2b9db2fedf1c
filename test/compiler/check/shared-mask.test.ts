/** Parts with one mask are laid side by side under that mask; parts with different ones under theirs, part by part. */
import { describe, expect, it } from 'vitest';
import { numbers, typeOf, type Equations } from '../../support/equations.ts';

const set: Equations = {
  given: { x: numbers({ a: 2, k: 3 }, [1, 2, 3, 4, 5, 6]), y: numbers({ a: 2, k: 3 }, [6, 5, 4, 3, 2, 1]) },
  lets: 'let m = only(x, x > 2)\nlet n = only(y, y > 2)\nlet some = m[k: 0]',
};

describe('the mask of parts side by side', () => {
  it('is the one that all have: their sum is there where each of them is, as that of `+`', () => {
    expect(typeOf(set, 'sum(stack(m, m * 2) as part, over: part)')).toBe(typeOf(set, 'm + m * 2'));
    expect(typeOf(set, 'sum(stack(m, m * 2) as part, over: part)')).toBe('[a, k] masked');
    expect(typeOf(set, 'sum(concat(some, some * y, along: k as slot), over: slot)')).toBe('[a] masked');
  });

  it('is that of each part where they differ: a sum of nothing is 0, and there', () => {
    expect(typeOf(set, 'sum(stack(m, n) as part, over: part)')).toBe('[a, k]');
    expect(typeOf(set, 'mean(stack(m, n) as part, over: part)')).toBe('[a, k] masked');
    expect(typeOf(set, 'sum(concat(m, m, along: k as slot), over: slot)')).toBe('[a]');
  });
});
