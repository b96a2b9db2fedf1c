import type { Arithmetic } from '../ir/arithmetic.ts';
import type { NodeId } from '../ir/graph.ts';
import { withExtent } from '../ir/extents.ts';
import type { Shape } from '../types/dtype.ts';

/** The gradient of one slice of a tensor. */
export interface SliceGradient {
  readonly kind: 'slice';
  readonly gradient: NodeId;
  readonly starts: readonly number[];
  readonly sizes: readonly number[];
}

/**
 * The gradients of a tensor's slices as few gradients of the whole of it. Slices along one axis that do not overlap become one
 * concat, gaps filled with zeros (query, key and value of attention; the steps of an unrolled recurrence): one pass over memory
 * instead of a padded copy and an addition for each.
 */
export function joinSlices(m: Arithmetic, shape: Shape, slices: readonly SliceGradient[]): NodeId[] {
  const alone: SliceGradient[] = [];
  const byAxis = new Map<number, SliceGradient[]>();
  for (const slice of slices) {
    const cut = shape.flatMap((extent, axis) => (slice.sizes[axis] === extent ? [] : [axis]));
    const [axis] = cut;
    if (axis === undefined || cut.length > 1) {
      alone.push(slice);
      continue;
    }
    const group = byAxis.get(axis);
    if (group) group.push(slice);
    else byAxis.set(axis, [slice]);
  }
  return [
    ...alone.map((slice) => padded(m, shape, slice)),
    ...[...byAxis].flatMap(([axis, group]) =>
      layers(axis, group).map((layer) => {
        const [first] = layer;
        return layer.length === 1 && first ? padded(m, shape, first) : joined(m, shape, axis, layer);
      }),
    ),
  ];
}

/** Splits slices into as few sets as their overlaps demand, each in ascending order and free of overlap. */
function layers(axis: number, slices: readonly SliceGradient[]): SliceGradient[][] {
  const found: { end: number; readonly members: SliceGradient[] }[] = [];
  const ordered = slices.toSorted((a, b) => (a.starts[axis] ?? 0) - (b.starts[axis] ?? 0));
  for (const slice of ordered) {
    const start = slice.starts[axis] ?? 0;
    const end = start + (slice.sizes[axis] ?? 0);
    const layer = found.find((candidate) => candidate.end <= start);
    if (layer) {
      layer.members.push(slice);
      layer.end = end;
    } else {
      found.push({ end, members: [slice] });
    }
  }
  return found.map((layer) => layer.members);
}

function joined(m: Arithmetic, shape: Shape, axis: number, layer: readonly SliceGradient[]): NodeId {
  const parts: NodeId[] = [];
  let end = 0;
  const zerosUpTo = (start: number): void => {
    if (start > end) parts.push(m.filled(0, withExtent(shape, axis, start - end)));
  };
  for (const slice of layer) {
    const start = slice.starts[axis] ?? 0;
    zerosUpTo(start);
    parts.push(slice.gradient);
    end = start + (slice.sizes[axis] ?? 0);
  }
  zerosUpTo(shape[axis] ?? end);
  return m.op('concat', parts, { axis });
}

function padded(m: Arithmetic, shape: Shape, { gradient, starts, sizes }: SliceGradient): NodeId {
  const after = shape.map((extent, axis) => extent - (starts[axis] ?? 0) - (sizes[axis] ?? 0));
  if (starts.every((start) => start === 0) && after.every((rest) => rest === 0)) return gradient;
  return m.op('pad', [gradient], { before: starts, after, value: 0 });
}
