/** Masks belong to values: what each operation does to the mask of what it reads. */
import type { Span } from '../source/span.ts';
import { known, type Axis } from '../types/axis.ts';
import { hasAxis } from '../types/value-type.ts';
import { node } from './build.ts';
import type { ReductionKind, Typed } from './typed.ts';

/** The same for the mask as for its value, where the mask has the axis; where it has not, it stays. */
export function alongside(mask: Typed | undefined, axis: Axis, change: (mask: Typed) => Typed): Typed | undefined {
  return mask === undefined || !hasAxis(mask.type, axis.id) ? mask : change(mask);
}

/** Reductions that have a value even of nothing: sum 0, product 1, any false, all true. */
const ofNothing: ReadonlySet<ReductionKind> = new Set<ReductionKind>(['sum', 'prod', 'any', 'all']);

/** What is left of a mask when axes are reduced: an entry is real if something took part in it. */
export function reducedMask(
  mask: Typed | undefined,
  over: readonly Axis[],
  reduction: ReductionKind,
  span: Span,
): Typed | undefined {
  if (mask === undefined) return undefined;
  const gone = over.filter((axis) => hasAxis(mask.type, axis.id));
  if (gone.length === 0) return mask;
  if (ofNothing.has(reduction)) return undefined;
  const axes = mask.type.axes.filter((axis) => !gone.some((each) => each.id === axis.id));
  // a single number stands for the whole: there is nothing left that could skip it
  if (axes.length === 0) return undefined;
  return node('reduce', [mask], { reduction: 'any', over: gone }, { element: 'bool', axes }, span);
}

/** The mask of a projection: a vector of which some numbers are masked is masked as a whole, since each of them reaches every result. */
export function projectedMask(mask: Typed | undefined, from: Axis, span: Span): Typed | undefined {
  return alongside(mask, from, (each) => {
    const axes = each.type.axes.filter((axis) => axis.id !== from.id);
    return node('reduce', [each], { reduction: 'all', over: [from] }, { element: 'bool', axes }, span);
  });
}

/** The value with this number where its mask says that nothing is. */
export function filled(value: Typed, by: number, span: Span): Typed {
  const { mask } = value;
  if (mask === undefined) return value;
  const filler = node('number', [], { value: by }, { element: value.type.element, axes: [] }, span);
  return node('where', [mask, value, filler], {}, value.type, span, mask);
}

/** The mask of parts that are laid side by side; a part without one is real throughout. What all parts have in common stays as it is. */
export function joinedMask(
  parts: readonly Typed[],
  along: readonly Axis[],
  join: (masks: readonly Typed[]) => Typed,
  span: Span,
): Typed | undefined {
  const shared = parts[0]?.mask;
  if (parts.every((part) => part.mask === shared) && !along.some((axis) => shared !== undefined && hasAxis(shared.type, axis.id))) return shared; // prettier-ignore
  const real = node('number', [], { value: 1 }, { element: 'bool', axes: [] }, span);
  return join(parts.map((part) => part.mask ?? real));
}

/** Stands for the axis that an operand of `concat` lacks: it is one slice. */
export const oneSlice = (as: Axis): Axis => ({ id: `${as.id}.one`, name: as.name, kind: as.kind, size: known(1) });
