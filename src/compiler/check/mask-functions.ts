/** Functions of masks: what of a value is real. */
import { axisWord, type Axis } from '../types/axis.ts';
import { hasAxis } from '../types/value-type.ts';
import { Arguments } from './arguments.ts';
import { cast, jointMask, node, orderAxes, uniteAxes } from './build.ts';
import type { Checker } from './checker.ts';
import { Compose, withMask, withoutAxes } from './compose.ts';
import { unary, type Site } from './site.ts';
import type { Typed } from './typed.ts';

/** `known(x)`, `mask_of(x)`: of the extents of the value, so that `sum(known(x))` counts. */
export const maskCall = (site: Site): Typed | undefined =>
  unary(site, (value) => new Compose(site.call.span).known(value));

/** `only(x, m)`: what m says is not real is left out from here on. */
export function onlyCall({ checker, call, scope, name }: Site): Typed | undefined {
  const args = Arguments.of({ checker, name, call, scope });
  const [value, condition] = [args.tensor(0), args.tensor(1)];
  if (value === undefined || condition === undefined || args.failed) return undefined;
  if (uniteAxes(value, condition, call.span, checker.report, '`only`', [args.place(0), args.place(1)]) === undefined) return undefined; // prettier-ignore
  const mask = jointMask([value, withMask(condition, cast(condition, 'bool'))], call.span);
  if (mask === undefined) return value;
  // a mask belongs to its value: it has no axis that the value lacks
  const extra = withoutAxes(mask.type.axes, ...value.type.axes);
  if (extra.length === 0) return { ...value, mask };
  const type = { ...value.type, axes: orderAxes([...value.type.axes, ...extra]) };
  return node('expand', [value], { like: type.axes }, type, call.span, mask);
}

/** `fill(x, v)` puts a number where nothing is; `over: time` only where that axis is masked, and keeps the rest of the mask. */
export function fillCall({ checker, call, scope, name }: Site): Typed | undefined {
  const args = Arguments.of({ checker, name, call, scope });
  const [value, filler] = [args.tensor(0), args.tensor(1)];
  if (value === undefined || filler === undefined) return undefined;
  const over = args.has('over') ? args.axes('over', value) : undefined;
  if (args.failed) return undefined;
  const { mask } = value;
  if (mask === undefined) return value;
  const axes = uniteAxes(value, filler, call.span, checker.report, '`fill`', [args.place(0), args.place(1)]);
  if (axes === undefined) return undefined;
  const { indexes } = value.type;
  const element = value.type.element === 'i32' && filler.type.element === 'i32' ? 'i32' : 'f32';
  const type = { element, axes, ...(element === 'i32' && indexes && { indexes }) } as const;
  const filled = node('where', [mask, cast(value, element), cast(filler, element)], {}, type, call.span, filler.mask);
  const gone = over?.filter((axis) => hasAxis(mask.type, axis.id));
  if (gone === undefined || gone.length === mask.type.axes.length) return filled;
  // where nothing at all is along the filled axes, nothing is still there
  const rest = gone.length === 0 ? mask : node('reduce', [mask], { reduction: 'any', over: gone }, { element: 'bool', axes: withoutAxes(mask.type.axes, ...gone) }, call.span); // prettier-ignore
  return withMask(filled, jointMask([filled, withMask(rest, rest)], call.span));
}

/** The law: a window over masked entries would mix padding into what is real. True where it was reported. */
export function reportMaskedWindow(
  checker: Checker,
  args: Arguments,
  value: Typed,
  axes: readonly Axis[],
  position = 0,
): boolean {
  const { mask } = value;
  const axis = axes.find((each) => mask !== undefined && hasAxis(mask.type, each.id));
  if (axis === undefined) return false;
  args.failed = true;
  checker.report.error('CX3018', args.place(position), `\`${args.name}\` goes over \`${axisWord(axis)}\`, which is masked here`, {
    help: `say what stands where nothing is: \`fill(x, 0)\``,
  }); // prettier-ignore
  return true;
}
