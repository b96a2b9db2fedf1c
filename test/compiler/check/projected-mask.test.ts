/** A vector of which some numbers are masked is projected to a vector that is masked as a whole. */
import { describe, expect, it } from 'vitest';
import { numbers, typeOf, type Equations } from '../../support/equations.ts';

const set: Equations = {
  given: { x: numbers({ a: 2, wide: 3 }, [1, 2, 3, 4, 5, 6]) },
  declare: `axis narrow = 2
frozen module P = linear(wide -> narrow)
frozen module Q = mlp(wide -> hidden(4) -> narrow, dropout: 0.1)`,
  lets: 'evaluate on seen { metric size = mean(P(x)) + mean(Q(x)) }',
};

describe('the mask of a projection', () => {
  it.each(['P', 'Q'])('of %s keeps no axis that the result lacks', (name) => {
    expect(typeOf(set, `${name}(only(x, x > 2))`)).toBe('[a, narrow] masked');
    expect(typeOf(set, `mean(${name}(only(x, x > 2)))`)).toBe('[]');
  });

  it('stays what it is along other axes', () => {
    expect(typeOf(set, 'mean(P(only(x, x[wide: 0] > 2)), over: narrow)')).toBe('[a] masked');
  });
});
