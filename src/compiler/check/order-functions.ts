/** Functions of the order of entries along an axis: moves, ranks, medians. */
import { productOfSizes, type Axis } from '../types/axis.ts';
import { hasAxis } from '../types/value-type.ts';
import { Arguments } from './arguments.ts';
import { cast, node, uniteAxes } from './build.ts';
import { Compose, localAxis, withMask } from './compose.ts';
import { filled } from './masks.ts';
import type { Site } from './site.ts';
import type { Typed } from './typed.ts';

/** Stand-in for what a mask leaves out where the largest is looked for: finite, so that differences stay finite. */
export const lowest = -1e30;

/** `shift(said, by: 1, over: token)`: entry i is what stood at i − by. What comes from outside is masked, or is `fill:`. */
export function shiftCall({ checker, call, scope, name }: Site): Typed | undefined {
  const args = Arguments.of({ checker, name, call, scope });
  const value = args.tensor(0);
  if (value === undefined) return undefined;
  const axis = args.overOne(value);
  const by = args.whole('by', 'CX5006');
  const filler = args.option('fill');
  if (axis === undefined || args.failed) return undefined;
  if (by === undefined) return args.fail('CX3006', '`shift` needs `by:`, the number of entries to move by');
  const compose = new Compose(call.span);
  const from = compose.with('sub', compose.index(axis), by);
  const last = compose.with('sub', compose.size(axis), 1);
  const inside = compose.two('and', compose.with('ge', from, 0), compose.two('le', from, last));
  const moved = compose.gather(value, axis, compose.clamp(from, compose.number(0, 'i32'), last));
  if (filler === undefined) return { ...compose.only(moved, inside) };
  const axes = uniteAxes(value, filler, call.span, checker.report, '`shift`');
  return axes === undefined ? undefined : withMask(compose.where(inside, moved, filler), moved.mask);
}

/** Entries in the opposite order; padding stays last. */
export function reverseCall({ checker, call, scope, name }: Site): Typed | undefined {
  const args = Arguments.of({ checker, name, call, scope });
  const value = args.tensor(0);
  if (value === undefined) return undefined;
  const axis = args.overOne(value);
  return axis === undefined || args.failed ? undefined : reversed(new Compose(call.span), value, axis);
}

export function reversed(compose: Compose, value: Typed, axis: Axis): Typed {
  const { mask } = value;
  const index = compose.index(axis);
  if (mask === undefined || !hasAxis(mask.type, axis.id))
    return compose.gather(value, axis, compose.two('sub', compose.with('sub', compose.size(axis), 1), index));
  // the real entries end here
  const places = compose.where(mask, compose.with('add', index, 1), compose.number(0, 'i32'));
  const end = cast(compose.reduce('max', places, [axis]), 'i32');
  const opposite = compose.two('sub', compose.with('sub', end, 1), index);
  return compose.gather(value, axis, compose.where(compose.two('lt', index, end), opposite, index));
}

export function cumsumCall({ checker, call, scope, name }: Site): Typed | undefined {
  const args = Arguments.of({ checker, name, call, scope });
  const value = args.tensor(0);
  if (value === undefined) return undefined;
  const axis = args.overOne(value);
  if (axis === undefined || args.failed) return undefined;
  const operand = filled(cast(value, 'f32'), 0, call.span);
  return node('cumsum', [operand], { axis }, operand.type, call.span, operand.mask);
}

/** 1 for the largest, as in `top`; equal entries share the mean of their places. */
export function rankCall({ checker, call, scope, name }: Site): Typed | undefined {
  const args = Arguments.of({ checker, name, call, scope });
  const value = args.tensor(0);
  if (value === undefined) return undefined;
  const axis = args.overOne(value);
  const where = args.option('where');
  if (axis === undefined || args.failed) return undefined;
  const compose = new Compose(call.span);
  return ranks(compose, where === undefined ? value : compose.only(value, where), axis);
}

function ranks(compose: Compose, value: Typed, axis: Axis): Typed {
  const rival = localAxis(axis, 'rival');
  const other = compose.rename(value, axis, rival);
  const ahead = compose.sum(compose.two('gt', other, value), rival);
  const level = compose.sum(compose.two('eq', other, value), rival);
  const rank = compose.two('add', ahead, compose.with('div', compose.with('add', level, 1), 2));
  return value.mask === undefined ? rank : { ...rank, mask: value.mask };
}

/** The correlation of ranks (C. Spearman 1904): Pearson's of the places of both, equal entries sharing theirs. */
export function spearmanCall({ checker, call, scope, name }: Site): Typed | undefined {
  const args = Arguments.of({ checker, name, call, scope });
  const [a, b] = [args.tensor(0), args.tensor(1)];
  if (a === undefined || b === undefined) return undefined;
  const where = args.option('where');
  const [only, second] = a.type.axes;
  const axis = args.axis('over', a, () =>
    only !== undefined && second === undefined ? only : args.fail('CX3004', '`spearman` goes over one axis', 'name it with `over:`'),
  ); // prettier-ignore
  if (axis === undefined || args.failed) return undefined;
  if (uniteAxes(a, b, call.span, checker.report, '`spearman`', [args.place(0), args.place(1)]) === undefined) return undefined; // prettier-ignore
  if (!hasAxis(b.type, axis.id))
    return checker.report.error('CX3003', args.place(1), `the value has no axis \`${axis.name}\``);
  const compose = new Compose(call.span);
  // what is missing of one counts in neither
  const both = { ...compose.two('and', compose.known(a), compose.known(b)) };
  const taking = where === undefined ? both : compose.two('and', both, where);
  const [x, y] = [a, b].map((value) => {
    const rank = ranks(compose, compose.only(value, taking), axis);
    return compose.two('sub', rank, compose.reduce('mean', rank, [axis]));
  });
  if (x === undefined || y === undefined) return undefined;
  const product = (p: Typed, q: Typed): Typed => compose.sum(compose.two('mul', p, q), axis);
  const scale = compose.one('sqrt', compose.two('mul', product(x, x), product(y, y)));
  return compose.two('div', product(x, y), compose.with('max', scale, 1e-12));
}

/** The middle entry, or the mean of the two in the middle. */
export function medianCall({ checker, call, scope, name }: Site): Typed | undefined {
  const args = Arguments.of({ checker, name, call, scope });
  const given = args.tensor(0);
  if (given === undefined) return undefined;
  const where = args.option('where');
  const over = args.axes('over', given);
  if (over === undefined || args.failed) return undefined;
  const compose = new Compose(call.span);
  const value = where === undefined ? given : compose.only(compose.spread(given, where.type.axes), where);
  const all = args.has('over') ? over : value.type.axes;
  const [axis, ...more] = all;
  if (axis === undefined) return cast(value, 'f32');
  const as = { ...localAxis(axis, 'all'), size: productOf(all) };
  const flat = more.length === 0 ? value : compose.merge(value, all, as);
  return middle(compose, cast(flat, 'f32'), more.length === 0 ? axis : as);
}

function middle(compose: Compose, value: Typed, axis: Axis): Typed {
  const place = localAxis(axis, 'sorted');
  const { mask } = value;
  const operand = filled(value, lowest, compose.span);
  const axes = operand.type.axes.map((each) => (each.id === axis.id ? place : each));
  // largest first; what a mask leaves out stands last
  const sorted = node('top_values', [operand], { axis, as: place }, { element: 'f32', axes }, compose.span);
  const inside = mask !== undefined && hasAxis(mask.type, axis.id);
  const count = inside ? compose.sum(mask, axis) : cast(compose.size(axis), 'f32');
  const half = compose.with('div', compose.with('sub', count, 1), 2);
  const at = (place: Typed): Typed => cast(compose.with('max', place, 0), 'i32');
  const low = compose.gather(sorted, place, at(compose.one('floor', half)));
  const high = compose.gather(sorted, place, at(compose.one('ceil', half)));
  const found = compose.with('div', compose.two('add', low, high), 2);
  if (!inside) return withMask(found, mask);
  const median = compose.where(compose.with('gt', count, 0), found, compose.number(0));
  return mask.type.axes.length === 1 ? median : compose.only(median, compose.reduce('any', mask, [axis]));
}

const productOf = (axes: readonly Axis[]): Axis['size'] => {
  const [only, second] = axes;
  return only !== undefined && second === undefined ? only.size : productOfSizes(axes.map((axis) => axis.size));
};
