import type { NodeId } from '../../ir/graph.ts';
import type { Axis } from '../../types/axis.ts';
import { without, type Located } from '../located.ts';
import type { ViewSite } from './view-site.ts';

/** A value as rows along one axis, of which each draw moves its own: `[draws, entries, numbers]`. */
export interface Line {
  readonly node: NodeId;
  readonly rest: readonly Axis[];
  readonly entries: number;
  readonly depth: number;
}

export function lineOf(site: ViewSite, value: Located, over: Axis): Line {
  const { aligner } = site.elaborator;
  const rest = without(value.axes, ...site.draws, over);
  const entries = aligner.extent(over);
  const depth = aligner.extents(rest).reduce((total, size) => total * size, 1);
  const whole = aligner.expanded(value, [...site.draws, over, ...rest]);
  return { node: aligner.reshaped(whole, [site.count, entries, depth]), rest, entries, depth };
}

/**
 * Entries of the line at `places` (`f32 [draws, entries]`, whole numbers of at least 0, or `[1, entries]` for all draws alike), along `as`.
 * Behind the end stands the last one, which is not real.
 */
export function entriesAt(site: ViewSite, value: Located, over: Axis, places: NodeId, as: Axis): Located {
  const { aligner } = site.elaborator;
  const m = aligner.arithmetic;
  const { node, rest, entries, depth } = lineOf(site, value, over);
  const size = aligner.extent(as);
  const each = m.broadcast(places, [site.count, size]);
  const index = m.op('cast', [m.binary('min', each, m.number(entries - 1))], { dtype: 'i32' });
  const wide = m.broadcast(m.reshape(index, [site.count, size, 1]), [site.count, size, depth]);
  const found = m.op('gather_along', [node, wide], { axis: 1 });
  const inside = m.reshape(m.binary('le', each, m.number(entries - 1)), [site.count, size, 1]);
  const result = site.isMask ? m.op('and', [found, inside], {}) : found;
  const axes = [...site.draws, as, ...rest];
  return { node: aligner.reshaped(result, aligner.extents(axes)), axes };
}

/** Entries up to the last real one, `f32 [draws, 1]`. */
export function lengthOf(site: ViewSite, over: Axis): NodeId {
  const { aligner } = site.elaborator;
  const m = aligner.arithmetic;
  const { real } = site;
  const size = aligner.extent(over);
  if (real?.axes.some((axis) => axis.id === over.id) !== true) return m.filled(size, [site.count, 1]);
  const { node, entries, depth } = lineOf(site, real, over);
  const number = m.shift(m.op('cast', [m.op('iota', [], { shape: [1, entries, depth], axis: 1 })], { dtype: 'f32' }), 1);
  return m.reshape(m.op('reduce_max', [m.where(node, number)], { axes: [1, 2], keep: false }), [site.count, 1]);
} // prettier-ignore

/** 0, 1, 2 … along the axis, `f32 [1, entries]`. */
export function counted(site: ViewSite, axis: Axis): NodeId {
  const m = site.elaborator.aligner.arithmetic;
  const size = site.elaborator.aligner.extent(axis);
  return m.op('cast', [m.op('iota', [], { shape: [1, size], axis: 1 })], { dtype: 'f32' });
}

/** One of the numbers, evenly drawn: `f32 [draws, 1]`. */
export function oneOf(site: ViewSite, name: string, values: readonly number[]): NodeId {
  const m = site.elaborator.aligner.arithmetic;
  const place = m.unary('floor', m.scale(m.reshape(site.uniform(name), [site.count]), values.length));
  const index = m.op('cast', [m.binary('min', place, m.number(values.length - 1))], { dtype: 'i32' });
  const table = m.op('constant', [], { dtype: 'f32', shape: [values.length], values });
  return m.reshape(m.op('gather', [table, index], { axis: 0 }), [site.count, 1]);
}
