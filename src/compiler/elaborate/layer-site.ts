import { orderAxes } from '../check/build.ts';
import type { CallAttributes, InstanceShape, Typed } from '../check/typed.ts';
import { invariant } from '../common/invariant.ts';
import type { NodeId } from '../ir/graph.ts';
import type { Axis } from '../types/axis.ts';
import { elementCount } from '../types/dtype.ts';
import type { Elaborator } from './elaborator.ts';
import type { LayerContext } from './layer-context.ts';
import { without, type Located } from './located.ts';

/** One call of a layer while its body is built. */
export interface LayerSite {
  readonly elaborator: Elaborator;
  readonly context: LayerContext;
  /** Of its tensors in the owner. */
  readonly path: string;
  readonly typed: Typed;
  readonly shape: Extract<InstanceShape, { kind: 'layer' }>;
  readonly axes: Readonly<Record<string, Axis>>;
  readonly tap: string;
  /** Values without what says which of them are seen. */
  readonly count: number;
  readonly value: (position: number) => Located;
  /** An axis that the check resolved. */
  readonly axis: (name: string) => Axis;
  /** `sees`, `own`: see `CallAttributes.more`. */
  readonly more: (name: 'sees' | 'own') => Located | undefined;
  /** The mask that the layer skips by, `bool [n, …]`: all axes but the last are `n`. */
  readonly mask: (axes: readonly Axis[]) => NodeId | undefined;
}

export function layerSite(
  elaborator: Elaborator,
  typed: Typed,
  attributes: CallAttributes,
  shape: LayerSite['shape'],
  path: string,
): LayerSite {
  const axes = attributes.axes ?? {};
  const masked = attributes.masked === true;
  const more = attributes.more ?? [];
  const count = typed.args.length - more.length - (masked ? 1 : 0);
  return {
    elaborator,
    context: elaborator.context(attributes.owner),
    path,
    typed,
    shape,
    axes,
    tap: attributes.tap,
    count,
    value: (position) => elaborator.argument(typed, position),
    axis: (name) => {
      const axis = axes[name];
      invariant(axis, `${shape.layer} without its axis ${name}`);
      return axis;
    },
    more: (name) => (more.includes(name) ? elaborator.argument(typed, count + more.indexOf(name)) : undefined),
    mask: (wanted) => (masked ? maskRows(elaborator, elaborator.argument(typed, typed.args.length - 1), wanted) : undefined),
  };
} // prettier-ignore

/** `bool [n, places]`: all axes but the last are `n`. */
export function maskRows({ aligner }: Elaborator, mask: Located, wanted: readonly Axis[]): NodeId {
  const node = aligner.expanded(mask, wanted);
  const last = wanted.at(-1);
  const places = last === undefined ? 1 : aligner.extent(last);
  return aligner.reshaped(node, [elementCount(aligner.extents(wanted)) / places, places]);
}

export function numberOption({ shape }: LayerSite, name: string, otherwise: number): number {
  const value = shape.options[name];
  return typeof value === 'number' ? value : otherwise;
}

export const switchOption = ({ shape }: LayerSite, name: string): boolean => shape.options[name] === true;

/** A value as `[n, …]`, its own axes last and all others as one. */
export interface Rows {
  readonly node: NodeId;
  readonly rest: readonly Axis[];
  /** A result `[n, …]` with these axes in the place of its own. */
  readonly back: (node: NodeId, axes: readonly Axis[]) => Located;
}

export function rowsOf({ elaborator }: LayerSite, value: Located, own: readonly Axis[]): Rows {
  const { aligner } = elaborator;
  const rest = orderAxes(without(value.axes, ...own));
  const ordered = aligner.ordered(value, [...rest, ...own]).node;
  const node = aligner.reshaped(ordered, [elementCount(aligner.extents(rest)), ...aligner.extents(own)]);
  const back = (result: NodeId, axes: readonly Axis[]): Located => {
    const all = [...rest, ...axes];
    return { node: aligner.reshaped(result, aligner.extents(all)), axes: all };
  };
  return { node, rest, back };
}
