/** Writes formulas as typed nodes: functions of the language that are formulas of others are made of these. */
import type { Span } from '../source/span.ts';
import { known, type Axis } from '../types/axis.ts';
import { hasAxis } from '../types/value-type.ts';
import { cast, jointMask, node, one, orderAxes } from './build.ts';
import { alongside, filled, reducedMask } from './masks.ts';
import { rename } from './rename.ts';
import type { ElementwiseOne, ElementwiseTwo, ReductionKind, Typed } from './typed.ts';

const comparisons: ReadonlySet<ElementwiseTwo> = new Set<ElementwiseTwo>(['eq', 'ne', 'lt', 'le', 'gt', 'ge']);
const integral: ReadonlySet<ElementwiseTwo> = new Set<ElementwiseTwo>(['add', 'sub', 'mul', 'max', 'min']);

/** An axis that only one formula sees: `batch~ranked`. */
export const localAxis = (of: Axis, what: string, size = of.size): Axis => ({
  id: `${of.id}~${what}`,
  name: `${of.name}~${what}`,
  kind: 'item',
  size,
  ...(of.id === 'batch' && size === of.size ? { renames: 'batch' } : {}),
});

/** Axes of the first value, then those that only the others have. */
export const unionOfAxes = (...values: readonly Typed[]): readonly Axis[] =>
  orderAxes(values.reduce<readonly Axis[]>((axes, value) => [...axes, ...value.type.axes.filter((axis) => !axes.some((each) => each.id === axis.id))], [])); // prettier-ignore

export const withoutAxes = (axes: readonly Axis[], ...gone: readonly Axis[]): readonly Axis[] =>
  axes.filter((axis) => !gone.some((each) => each.id === axis.id));

export const withMask = (typed: Typed, mask: Typed | undefined): Typed =>
  mask === undefined ? typed : { ...typed, mask };

export class Compose {
  readonly span: Span;

  constructor(span: Span) {
    this.span = span;
  }

  number(value: number, element: 'f32' | 'i32' | 'bool' = 'f32'): Typed {
    return node('number', [], { value }, { element, axes: [] }, this.span);
  }

  /** 0, 1, 2 … along the axis. */
  index(axis: Axis): Typed {
    return node('index', [], { axis }, { element: 'i32', axes: [axis] }, this.span);
  }

  size(axis: Axis): Typed {
    return axis.size.kind === 'known'
      ? this.number(axis.size.value, 'i32')
      : node('size', [], { size: axis.size }, { element: 'i32', axes: [] }, this.span);
  }

  one(op: ElementwiseOne, x: Typed): Typed {
    return one(op, x, this.span);
  }

  two(op: ElementwiseTwo, a: Typed, b: Typed): Typed {
    const axes = unionOfAxes(a, b);
    const whole = a.type.element === 'i32' && b.type.element === 'i32';
    const logical = op === 'and' || op === 'or';
    const as = logical ? 'bool' : whole && (comparisons.has(op) || integral.has(op)) ? 'i32' : 'f32';
    const element = logical || comparisons.has(op) ? 'bool' : as;
    return node('two', [cast(a, as), cast(b, as)], { op }, { element, axes }, this.span, jointMask([a, b], this.span));
  }

  /** The same for a number on the right. */
  with(op: ElementwiseTwo, a: Typed, b: number): Typed {
    return this.two(op, a, this.number(b, a.type.element === 'i32' && Number.isInteger(b) ? 'i32' : 'f32'));
  }

  clamp(x: Typed, low: Typed, high: Typed): Typed {
    return this.two('min', this.two('max', x, low), high);
  }

  where(condition: Typed, a: Typed, b: Typed): Typed {
    const element = a.type.element === b.type.element && a.type.element !== 'text' ? a.type.element : 'f32';
    const axes = unionOfAxes(condition, a, b);
    const args = [cast(condition, 'bool'), cast(a, element), cast(b, element)];
    return node('where', args, {}, { element, axes }, this.span, jointMask([condition, a, b], this.span));
  }

  /** The entries of x along `axis` that `at` says; the index type of x stays. */
  gather(x: Typed, axis: Axis, at: Typed): Typed {
    const picked = (whole: Typed): Typed => {
      const rest = withoutAxes(whole.type.axes, axis);
      const { indexes, element } = whole.type;
      const axes = orderAxes([...rest, ...withoutAxes(at.type.axes, ...rest)]);
      return node('gather', [whole, at], { axis }, { element, axes, ...(indexes && { indexes }) }, this.span);
    };
    const own = alongside(x.mask, axis, picked);
    const result = withMask(picked(x), own);
    return withMask(result, jointMask([result, at], this.span));
  }

  /** Entries that the mask leaves out take no part. Over one axis for argmax and argmin. */
  reduce(reduction: ReductionKind, x: Typed, over: readonly Axis[], where?: Typed): Typed {
    const boolean = reduction === 'any' || reduction === 'all';
    const operand = cast(x, boolean ? 'bool' : 'f32');
    const condition = where === undefined ? undefined : { ...where, mask: cast(where, 'bool') };
    const mask = jointMask([x, condition], this.span);
    // a condition may bring axes of its own, along which the value repeats
    const extra = mask === undefined ? [] : mask.type.axes.filter((axis) => !hasAxis(x.type, axis.id));
    const axes = withoutAxes(orderAxes([...x.type.axes, ...extra]), ...over);
    const args = mask === undefined ? [operand] : [operand, mask];
    const [axis] = over;
    const index = (reduction === 'argmax' || reduction === 'argmin') && axis !== undefined;
    const type = index
      ? ({ element: 'i32', axes, indexes: axis } as const)
      : ({ element: boolean ? 'bool' : 'f32', axes } as const);
    return node('reduce', args, { reduction, over }, type, this.span, reducedMask(mask, over, reduction, this.span));
  }

  sum(x: Typed, ...over: readonly Axis[]): Typed {
    return this.reduce('sum', x, over);
  }

  /** The sum of products along the axis; what is masked along it adds nothing. */
  dot(a: Typed, b: Typed, axis: Axis): Typed {
    const masks = jointMask([a, b], this.span);
    const inside = masks !== undefined && hasAxis(masks.type, axis.id);
    const real = (x: Typed): Typed => (inside ? filled(cast(x, 'f32'), 0, this.span) : cast(x, 'f32'));
    const axes = withoutAxes(unionOfAxes(a, b), axis);
    const mask = reducedMask(masks, [axis], 'mean', this.span);
    return node('dot', [real(a), real(b)], { axis }, { element: 'f32', axes }, this.span, mask);
  }

  rename(x: Typed, from: Axis, to: Axis): Typed {
    return rename(x, [{ from, to }], this.span);
  }

  /** The value at the extents of further axes. */
  spread(x: Typed, like: readonly Axis[]): Typed {
    const axes = [...x.type.axes, ...withoutAxes(like, ...x.type.axes)];
    if (axes.length === x.type.axes.length) return x;
    return node('expand', [x], { like: axes }, { ...x.type, axes: orderAxes(axes) }, this.span, x.mask);
  }

  /** Whether each element is real, of the extents of the value. */
  known(x: Typed): Typed {
    const { axes } = x.type;
    const source = x.mask ?? this.number(1, 'bool');
    return node('expand', [source], { like: axes }, { element: 'bool', axes }, this.span);
  }

  /** The value with a further condition on what is real. */
  only(x: Typed, condition: Typed): Typed {
    return withMask(x, jointMask([x, { ...x, mask: cast(condition, 'bool') }], this.span));
  }

  /** One value along several axes becomes one along one. */
  merge(x: Typed, axes: readonly Axis[], as: Axis): Typed {
    const merged = (whole: Typed): Typed => {
      const { element, indexes } = whole.type;
      const first = whole.type.axes.findIndex((axis) => axes.some((each) => each.id === axis.id));
      const rest = withoutAxes(whole.type.axes, ...axes);
      const result = orderAxes([...rest.slice(0, first), as, ...rest.slice(first)]);
      return node('merge', [whole], { axes, as }, { element, axes: result, ...(indexes && { indexes }) }, this.span);
    };
    const { mask } = x;
    if (mask === undefined || !axes.some((axis) => hasAxis(mask.type, axis.id))) return withMask(merged(x), mask);
    const missing = axes.filter((axis) => !hasAxis(mask.type, axis.id));
    const like = [...mask.type.axes, ...missing];
    return withMask(merged(x), merged(node('expand', [mask], { like }, { element: 'bool', axes: like }, this.span)));
  }

  /** One axis becomes several, the last the fastest. */
  split(x: Typed, axis: Axis, as: readonly Axis[]): Typed {
    const divided = (whole: Typed): Typed => {
      const { element, indexes } = whole.type;
      const axes = orderAxes(whole.type.axes.flatMap((each) => (each.id === axis.id ? as : [each])));
      return node('split', [whole], { axis, as }, { element, axes, ...(indexes && { indexes }) }, this.span);
    };
    return withMask(divided(x), alongside(x.mask, axis, divided));
  }
}

/** An axis of so many entries that only one formula sees. */
export const localSize = (what: string, size: number): Axis => ({
  id: `~${what}:${size}`,
  name: `~${what}`,
  kind: 'item',
  size: known(size),
});
