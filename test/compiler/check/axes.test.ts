/** The laws of axes, one line each: what a formula has, and what is said of one that breaks a law. */
import { describe, expect, it } from 'vitest';
import { faults, numbers, typeOf, type Equations } from '../../support/equations.ts';

const zeros = (axes: Readonly<Record<string, number>>) => numbers(axes, () => 0);

const world: Equations = {
  declare: `axis sign : item = [pos, neg]
axis f_w = 4
axis f_long = f_w + 2 * sign
vocabulary class = ["dog", "cat"]
vocabulary factor = ["red", "green"]
input face : image(6)
input other_face : image(8)
input again : image(6)
input label : class(class)
input wanted : class(factor)
input v : vector(f_w)
input person : id
fn best(s, over: axis) {
  let (most, at) = top(2, s, over: over as place)
  return (most, at)
}
fn own() = index(batch) == index(batch)[batch as other]
fn among(s, over: axis, q = own()) = sum(only(s, q), over: over)`,
  declared: ['sign', 'f_w', 'f_long'],
  lets: 'let (best_of, best_at) = best(c, over: p)',
  given: { a: zeros({ k: 3, f_d: 4 }), b: zeros({ k: 3, f_w: 4 }), c: zeros({ k: 3, p: 2 }), t: zeros({ sign: 2, k: 3 }), l: zeros({ f_long: 8 }) }, // prettier-ignore
};

const types: readonly (readonly [formula: string, type: string])[] = [
  // sizes that belong to values
  ['face + again', '[batch, height, width, channel]'],
  ['face[height: 1..3]', '[batch, height, width, channel]'],
  ['face[height as rows][rows: 0]', '[batch, width, channel]'],
  ['resize(other_face, like: face) * face', '[batch, height, width, channel]'],
  ['concat(face, other_face[height: 0..5, width: 0..5], along: channel)', '[batch, height, width, channel]'],
  ['concat(a, b, along: [f_d, f_w]) as f_long', '[k, f_long]'],
  ['index(height, like: face) + index(width, like: face)', 'i32 [height, width]'],
  // entries by name
  ['t[sign: pos]', '[k]'],
  ['t[sign: neg..neg as one]', '[one, k]'],
  ['class["cat"]', 'index(class) []'],
  ['label == class["cat"]', 'bool [batch]'],
  // births
  ['merge(c, k, p) as cell', '[cell]'],
  ['stack(v, v * 2) as view', '[batch, f_w, view]'],
  ['upper(dot(v, v[batch as other]), batch, other) as pair', '[pair]'],
  ['c[k as p, p as k]', '[p, k]'],
  ['b[f_w as f_d] + a', '[k, f_d]'],
  // sets of samples
  ['dot(v, v[batch as other])', '[batch, other]'],
  ['dot(v, v[batch as other])[other: index(batch)]', '[batch]'],
  ['among(dot(v, v[batch as other]), over: other)', '[batch]'],
  ['best_of', '[k, place]'],
  ['person == person[batch as other]', 'bool [batch, other]'],
  ['sum(dot(v, v[batch as other]) > 0, over: [batch, other])', '[]'],
  ['argmax(dot(v, v[batch as other]), over: other)', 'index(other) [batch]'],
  ['index(batch) == argmax(dot(v, v[batch as other]), over: other)', 'bool [batch]'],
  // masks
  ['only(c, c > 0)', '[k, p] masked'],
  ['only(c, c > 0)[p: 0]', '[k] masked'],
  ['fill(only(c, c > 0), 1)', '[k, p]'],
  ['sum(only(c, c > 0), over: p)', '[k]'],
  ['mean(only(c, c > 0), over: p)', '[k] masked'],
  ['known(only(c, c > 0))', 'bool [k, p]'],
  ['shift(c, by: 1, over: p)', '[k, p] masked'],
  ['as_index(sum(c, over: p), class)', 'index(class) [k] masked'],
];

const laws: readonly (readonly [formula: string, fault: string])[] = [
  ['face + other_face', 'CX3002: `+` meets two sizes of `height`'],
  ['where(face > 0, other_face, 0)', 'CX3002: `where` meets two sizes of `height`'],
  ['dot(face, other_face)', 'CX3002: `dot` meets two sizes of `height`'],
  ['stack(face, other_face) as view', 'CX3002: `stack` meets two sizes of `height`'],
  ['index(height)', 'CX2011: `height` has its size from a value, and here is none'],
  ['a + b', 'CX3001: `+` cannot align `f_d` with `f_w`'],
  ['dot(a, b)', 'CX3001: `dot` needs one feature axis that both values share'],
  ['v * person[batch as other]', 'CX3012: `*` joins every sample with every other sample of two different values'],
  ['c[p as k]', 'CX3009: the value already has an axis `k`'],
  ['c[p: 0..1]', 'CX3002: a part of `p` is a new axis and needs a name'],
  ['c[p: 2]', 'CX5006: `p` has no entry 2'],
  ['c[p: 1..0 as q]', 'CX5006: this range of entries is empty'],
  ['t[sign: maybe]', 'CX2001: there is nothing called `maybe` here'],
  ['class["cow"]', 'CX2001: `class` has no entry "cow"'],
  ['t[sign: "pos"]', 'CX3007: the entries of `sign` have no words'],
  ['label == wanted', 'CX3008: this compares an index of `class` with an index of `factor`'],
  ['l[f_long: label]', 'CX3008: this is an index of `class`, and the axis is `f_long`'],
  ['c[p: sum(c)]', 'CX3007: an index is an integer, and this is not'],
  ['merge(c, k, p)', 'CX3002: `merge` makes a new axis (the combinations), which needs a name'],
  ['merge(c, k, k) as cell', 'CX3006: `k` is named twice'],
  ['unmerge(c, k)', 'CX3003: `k` was not made by `merge` here'],
  ['split(c, k, sizes: [2, 2]) as [u, w]', 'CX3002: `k` has 3 entries, which these sizes do not make up'],
  ['concat(a, c, along: [f_d, f_w]) as f_long', 'CX3003: value 2 of `concat` has none of these axes'],
  ['part_of(c, k)', 'CX3003: `k` was not made by `concat` in this value'],
  ['windows(c, over: k as [hop, tap], size: 4)', 'CX5006: `k` has no 4 entries for a window'],
  ['shift(c, by: 1)', 'CX3004: `shift` goes over one axis'],
  ['sum(c, by: c)', 'CX3007: `by:` groups by an index of an axis'],
  ['sum(c, c)', 'CX3006: `sum` takes 1 value, and 2 are given'],
  ['argmax(c)', 'CX3004: `argmax` goes over one axis'],
  ['mean(c for r in c)', 'CX3011: `for` goes through a list that is written out'],
  ['exp(c for r in [1, 2])', 'CX3006: `exp` takes 1 value, and 2 are given'],
  ['expand(c, k: 3)', 'CX3009: a value here already has an axis `k`'],
  ['gaussian_blur(c, sigma: 1)', 'CX3003: `gaussian_blur` works on pictures: values with `height` and `width`'],
  ['pool(face, most, 2)', 'CX3006: `pool` takes `max` or `mean` of a window'],
  ['resize(face, like: face, scale: 2)', 'CX3006: `resize` needs one of `like:`, `size:` and `scale:`'],
  ['resize(argmax(face, over: channel), size: 3, method: linear)', 'CX3007: `resize` by `linear` mixes numbers, and these are indices of `channel`'], // prettier-ignore
  ['conv2d(face, a)', 'CX3004: `conv2d` needs the two axes of the filter that lie over height and width'],
  ['redraw(c)', 'CX3006: nothing is drawn in this value, so another draw is the same'],
];

describe('axes of a formula', () => {
  it.each(types)('%s : %s', (formula, type) => {
    expect(typeOf(world, formula)).toBe(type);
  });
});

describe('a law of axes', () => {
  it.each(laws)('%s: %s', (formula, fault) => {
    expect(faults(world, formula)).toEqual([fault]);
  });
});
