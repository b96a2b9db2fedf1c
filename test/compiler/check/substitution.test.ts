/** `e with x = v` and `e on d`: the same equations of something else. */
import { describe, expect, it } from 'vitest';
import { entries, faults, numbers, typeOf, valueOf, type Equations } from '../../support/equations.ts';

const line: Equations = {
  given: { x: numbers({ k: 3 }, [1, 2, 3]), y: numbers({ k: 3 }, [10, 20, 30]), wide: numbers({ p: 2 }, [5, 7]) },
  lets: 'let double = x * 2\nlet total = sum(double) + double\nlet loose = double + gaussian([batch])',
};

describe('with', () => {
  it('works out anew what depends on the value', () => {
    expect(entries(valueOf(line, 'total with x = y'), 'k')).toEqual([140, 160, 180]);
    expect(entries(valueOf(line, 'total + (total with x = y)'), 'k')).toEqual([14 + 140, 16 + 160, 18 + 180]);
    expect(entries(valueOf(line, 'total with double = y'), 'k')).toEqual([70, 80, 90]);
  });

  it('checks the axes anew', () => {
    expect(typeOf(line, 'total')).toBe('[k]');
    expect(typeOf(line, 'total with x = wide')).toBe('[p]');
  });

  it('keeps the draws of each `let`', () => {
    const draws = { gaussian: (at: number) => [0.5, -1][at] ?? 0 };
    const difference = valueOf({ ...line, draws }, '(loose with x = y) - loose');
    expect(entries(difference, 'batch', 'k')).toEqual([18, 36, 54, 18, 36, 54]);
  });

  it('says what can not be substituted', () => {
    expect(faults(line, 'total with z = y')).toEqual(['CX2001: there is nothing called `z` here']);
    expect(faults(line, 'total with wide = y')).toEqual(['CX4006: the value before `with` does not read `wide`']);
    const inside = { ...line, declare: 'fn f(a) {\n  let b = a * 2\n  return b with a = 3\n}' };
    expect(faults(inside, 'f(x)')).toEqual(['CX2009: `a` is a name of this formula, not of the file']);
  });
});

describe('on', () => {
  const set: Equations = {
    declare:
      'axis d = 2\ninput v : vector(d)\nvocabulary class = ["a", "b"]\ninput c : class(class)\ndata support = jsonl("s.jsonl") { v: "v"  c: "c" }',
    declared: ['d'],
    given: { w: numbers({ d: 2 }, [1, 2]) },
  };

  it('makes the samples of a set an item axis of its name', () => {
    expect(typeOf(set, 'normalize(v) on support')).toBe('[support, d]');
    expect(typeOf(set, 'dot(v, (normalize(v) on support))')).toBe('[batch, support]');
    expect(typeOf(set, 'c on support')).toBe('index(class) [support]');
    expect(typeOf(set, 'one_hot(c) on support')).toBe('[support, class]');
  });

  it('knows its data set', () => {
    expect(faults(set, 'v on suport')[0]).toMatch(/^CX2001: .*suport/u);
  });
});
