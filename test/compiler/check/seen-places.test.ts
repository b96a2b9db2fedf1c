/** `where:` of attention: which places each place sees. */
import { describe, expect, it } from 'vitest';
import { faults, numbers, typeOf, type Equations } from '../../support/equations.ts';

const set: Equations = {
  given: { x: numbers({ place: 3, f_wide: 4 }, [...Array(12).keys()]) },
  declare: 'frozen module T = transformer(layers: 1, heads: 2, over: place)\nfn at() = index(place)',
  lets: 'evaluate on seen { metric size = mean(T(x)) }',
};

describe('the places that attention sees', () => {
  it('are a bool over the places and their own name of them', () => {
    expect(typeOf(set, 'T(x, where: at()[place as key] <= at())')).toBe('[place, f_wide]');
  });

  it('are a bool over the places where all see the same', () => {
    expect(typeOf(set, 'T(x, where: at() > 0)')).toBe('[place, f_wide]');
  });

  it('are told where they are something else', () => {
    const told = ['CX3003: `where:` says which places of `place` each of them sees'];
    expect(faults(set, 'T(x, where: at()[place as key] - at())')).toEqual(told);
    expect(faults(set, 'T(x, where: x[place as key] > x)')).toEqual(told);
    const looks = { ...set, declare: 'frozen module C = cross_attention(heads: 2)\nfn at() = index(place)', lets: 'evaluate on seen { metric size = mean(C(x, x[place as key])) }' }; // prettier-ignore
    expect(faults(looks, 'C(x, x[place as key], where: at()[place as key] > 0)')).toEqual([]);
    expect(faults(looks, 'C(x, x[place as key], where: at()[place as key] <= at())')).toEqual([]);
    expect(faults(looks, 'C(x, x[place as key], where: at() > 0)')).toEqual(['CX3003: `where:` says which places of `key` are seen']); // prettier-ignore
  });
});
