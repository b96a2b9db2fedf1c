/** A fn that takes an axis takes several, where it hands them on to what reduces over several. */
import { describe, expect, it } from 'vitest';
import { entries, faults, numbers, typeOf, valueOf, type Equations } from '../../support/equations.ts';

const set: Equations = {
  given: { x: numbers({ a: 2, b: 3 }, [1, 2, 3, 4, 5, 6]) },
  declare: `fn total(v, over: axis) = sum(v ^ 2, over: over)
fn root(v, over: axis) = sqrt(total(v, over: over))
fn first(v, over: axis) = v[over: 0]
vocabulary middle = ["near", "far"]
vocabulary fine { "one": { of: "far" }  "two": { of: "near" }  "three": { of: "far" } }`,
};

describe('several axes', () => {
  it('are summed over at once', () => {
    expect(entries(valueOf(set, 'total(x, over: [a, b])'))).toEqual([91]);
    expect(entries(valueOf(set, 'total(x, over: a)'), 'b')).toEqual([17, 29, 45]);
  });

  it('are handed on from one fn to the next', () => {
    expect(entries(valueOf(set, 'root(x, over: [a, b])'))[0]).toBeCloseTo(Math.sqrt(91), 4);
  });

  it('are refused where one is taken, and where the value has them not', () => {
    expect(faults(set, 'first(x, over: [a, b])')).toEqual(['CX3004: `over` stands for several axes here, and this takes one']);
    expect(faults(set, 'total(x[a: 0], over: [a, b])')).toEqual(['CX3003: the value has no axis `a`']);
  }); // prettier-ignore
});

describe('words of one vocabulary that name entries of another', () => {
  it('are its index', () => {
    expect(typeOf(set, 'as_index(fine.of, middle)')).toContain('[fine]');
    expect(typeOf(set, 'one_hot(as_index(fine.of, middle))')).toBe('[fine, middle]');
  });

  it('are looked up in a vocabulary alone', () => {
    expect(faults(set, 'as_index(fine.of, a)')).toEqual(['CX3007: `a` has no words to look these up in']);
  });
});

describe('an axis that an encoder owns', () => {
  const owned: Equations = {
    given: { x: numbers({ a: 2, wide: 6 }, [...Array(12).keys()]), y: numbers({ a: 2, wider: 7 }, [...Array(14).keys()]) },
    declare: `input picture : image(8)
frozen encoder E = vit(size: 8, patch: 4, width: 6, layers: 1, heads: 1)`,
    columns: { picture: numbers({ batch: 2 }, [0, 0]) },
    lets: 'let f = E(picture)\nevaluate on seen { metric size = mean(f) }',
  }; // prettier-ignore

  it('is identified with one of its size', () => {
    expect(typeOf(owned, 'dot(x[wide as E.width], f)')).toBe('[batch, a]');
  });

  it('is not identified with one of another size', () => {
    expect(faults(owned, 'dot(y[wider as E.width], f)')).toEqual(['CX3002: `E.width` has 6 entries, and here it would have 7 entries']);
    expect(faults(owned, 'dot(x[wide as E.depth], f)')).toEqual(['CX2010: `E` has no `depth`']);
  }); // prettier-ignore
});
