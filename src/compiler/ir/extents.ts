import { InternalError } from '../common/invariant.ts';
import { sameShape, type Shape } from '../types/dtype.ts';

/** Shape of an elementwise result: trailing dimensions align, an extent of 1 repeats. Throws InternalError where they clash. */
export function broadcastShapes(...shapes: readonly Shape[]): Shape {
  let result: Shape = shapes[0] ?? [];
  for (const shape of shapes) result = sameShape(result, shape) ? result : broadcastTwo(result, shape);
  return result;
}

function broadcastTwo(a: Shape, b: Shape): Shape {
  const longer = a.length < b.length ? b : a;
  const shorter = a.length < b.length ? a : b;
  const lead = longer.length - shorter.length;
  return longer.map((extent, axis) => {
    const own = axis < lead ? 1 : (shorter[axis - lead] ?? 1);
    if (extent !== 1 && own !== 1 && extent !== own) {
      throw new InternalError(`shapes [${a.join(',')}] and [${b.join(',')}] do not broadcast`);
    }
    return extent === 1 ? own : extent;
  });
}

/** Whether `from` becomes `to` by repeating extents of 1 and adding leading dimensions. */
export function broadcastsTo(from: Shape, to: Shape): boolean {
  const lead = to.length - from.length;
  return lead >= 0 && from.every((extent, axis) => extent === 1 || extent === to[axis + lead]);
}

/** Axes of `to` along which a tensor of shape `from` is repeated, ascending. */
export function broadcastAxes(from: Shape, to: Shape): number[] {
  const lead = to.length - from.length;
  return to.flatMap((extent, axis) => (axis < lead || (from[axis - lead] === 1 && extent !== 1) ? [axis] : []));
}

/** Positions a window of `window` taps `dilation` apart takes over a padded extent: floor((e + p - d(w - 1) - 1) / s) + 1. */
export function windowCount(extent: number, window: number, stride: number, dilation: number, padding: number): number {
  return Math.floor((extent + padding - dilation * (window - 1) - 1) / stride) + 1;
}

/** `shape` without `axes`, or with them as 1. */
export function reducedShape(shape: Shape, axes: readonly number[], keep: boolean): Shape {
  return shape.flatMap((extent, axis) => (axes.includes(axis) ? (keep ? [1] : []) : [extent]));
}

/** `shape` with another extent at `axis`. */
export function withExtent(shape: Shape, axis: number, extent: number): Shape {
  return shape.map((own, at) => (at === axis ? extent : own));
}
