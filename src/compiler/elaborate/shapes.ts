/** Axes that become others, and sums by group. */
import { invariant } from '../common/invariant.ts';
import type { Typed, TypedAttributes } from '../check/typed.ts';
import type { NodeId } from '../ir/graph.ts';
import type { Elaborator } from './elaborator.ts';
import { without, type Located } from './located.ts';

/** The merged axes stand together, the last of them the fastest; then they are one. */
export function merge(elaborator: Elaborator, typed: Typed, { axes, as }: TypedAttributes['merge']): Located {
  const { aligner } = elaborator;
  const value = elaborator.argument(typed, 0);
  const first = value.axes.findIndex((axis) => axes.some((each) => each.id === axis.id));
  const rest = without(value.axes, ...axes);
  const [before, after] = [rest.slice(0, first), rest.slice(first)];
  const ordered = aligner.ordered(value, [...before, ...axes, ...after]);
  const result = [...before, as, ...after];
  return { node: aligner.reshaped(ordered.node, aligner.extents(result)), axes: result };
}

export function split(elaborator: Elaborator, typed: Typed, { axis, as }: TypedAttributes['split']): Located {
  const value = elaborator.argument(typed, 0);
  const axes = value.axes.flatMap((each) => (each.id === axis.id ? as : [each]));
  return { node: elaborator.aligner.reshaped(value.node, elaborator.aligner.extents(axes)), axes };
}

/** Each element is added to the entry that its indices name: the transpose of a gather. */
export function groupSum(elaborator: Elaborator, typed: Typed, { over, by }: TypedAttributes['group_sum']): Located {
  const { aligner, builder } = elaborator;
  const m = aligner.arithmetic;
  const [value, ...indices] = typed.args.map((argument) => elaborator.value(argument));
  invariant(value, 'a sum by group without its value');
  const all = indices.reduce<Located['axes']>((axes, at) => [...axes, ...without(at.axes, ...axes)], value.axes);
  const rest = without(all, ...over);
  const product = (axes: Located['axes']): number => aligner.extents(axes).reduce((total, size) => total * size, 1);
  const [rows, items, groups] = [product(rest), product(over), product(by)];
  const updates = aligner.reshaped(aligner.expanded(value, [...rest, ...over]), [rows, items]);
  const shared = indices.every((at) => without(at.axes, ...over).length === 0);
  const lead = shared ? [] : rest;
  const group = indices.reduce<NodeId | undefined>((total, at, position) => {
    const axis = by[position];
    invariant(axis, 'an index without its axis');
    const own = aligner.expanded(at, [...lead, ...over]);
    if (total === undefined) return own;
    return m.add(m.mul(total, m.number(aligner.extent(axis), 'i32')), own);
  }, undefined);
  invariant(group !== undefined, 'a sum by group without groups');
  const flat = aligner.reshaped(group, shared ? [items] : [rows, items]);
  const summed = shared
    ? builder.add('scatter_add', [updates, flat], { axis: 1, size: groups })
    : builder.add('scatter_add_along', [updates, flat], { axis: 1, size: groups });
  const axes = [...rest, ...by];
  return { node: aligner.reshaped(summed, aligner.extents(axes)), axes };
}
