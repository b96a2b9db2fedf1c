/** How many elements a number was made of: every loss and metric that averages or takes an extreme says so. */
import { cast, node, orderAxes } from '../check/build.ts';
import { withoutAxes } from '../check/compose.ts';
import type { ReductionKind, Typed } from '../check/typed.ts';
import type { Axis } from '../types/axis.ts';

/** One reduction on the way to a number. */
export interface TakenIn {
  /** For each entry of the result its elements lie along these axes, as many as they have entries. */
  readonly axes: readonly Axis[];
  /** And along others, of which a mask leaves so many. */
  readonly left?: Typed;
}

/** Reductions that have a value even of nothing: an empty sum is 0, and that is no fault. */
const ofNothing: ReadonlySet<ReductionKind> = new Set<ReductionKind>(['sum', 'prod', 'any', 'all']);

/**
 * The outermost reductions that have no value of nothing: those of `mean(a)`, of `sqrt(mean(a))`, and both of `mean(a) + mean(b)`. A value
 * with a mask and without such a reduction, as `mean(x, by: label)`, counts what its mask leaves.
 */
export function takenIn(typed: Typed): readonly TakenIn[] {
  const found: TakenIn[] = [];
  const seen = new Set<Typed>();
  const look = (each: Typed): void => {
    if (seen.has(each)) return;
    seen.add(each);
    if (each.op === 'cast' || each.op === 'one' || each.op === 'two') each.args.forEach(look);
    if (each.op !== 'reduce' || ofNothing.has(each.attributes.reduction)) return;
    const { over } = each.attributes;
    const [, mask] = each.args;
    const masked = over.filter((axis) => mask?.type.axes.some((own) => own.id === axis.id) === true);
    found.push({ axes: withoutAxes(over, ...masked), ...(mask === undefined ? {} : { left: counted(mask, masked) }) });
  };
  look(typed);
  return found.length === 0 && typed.mask !== undefined ? [{ axes: [], left: counted(typed.mask, []) }] : found;
}

/** Elements that a mask leaves along these axes. */
function counted(mask: Typed, over: readonly Axis[]): Typed {
  const number = cast(mask, 'f32');
  if (over.length === 0) return number;
  const axes = orderAxes(withoutAxes(mask.type.axes, ...over));
  return node('reduce', [number], { reduction: 'sum', over }, { element: 'f32', axes }, mask.span);
}
