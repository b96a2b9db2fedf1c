import type { Typed, TypedAttributes } from '../../check/typed.ts';
import { batchAxis } from '../../types/axis.ts';
import { hasAxis } from '../../types/value-type.ts';
import type { Elaborator } from '../elaborator.ts';
import { without, type Located } from '../located.ts';
import { drawnStep, stillStep } from './rules.ts';
import { ViewSite } from './view-site.ts';

/**
 * A view of a computed value: each of its operations in turn, drawn in a step and in its one form elsewhere. Its randomness is inputs, one
 * stream an operation and number (`augment:v.0.corners`), so that a step draws the same on every engine.
 */
export function view(
  elaborator: Elaborator,
  typed: Typed,
  { stream, draws, drawn, steps, isMask: ofMask }: TypedAttributes['view'],
): Located {
  const { aligner } = elaborator;
  const first = elaborator.argument(typed, 0);
  const perSample = hasAxis({ element: 'f32', axes: first.axes }, 'batch') ? [batchAxis] : [];
  const isMask = ofMask === true;
  let result = first;
  let real = typed.args.length > 1 ? elaborator.argument(typed, 1) : undefined;
  for (const [position, { step, axes }] of steps.entries()) {
    const done = (value: Located, kind: { readonly isMask: boolean; readonly isDiscrete: boolean }): Located => {
      const site = new ViewSite(elaborator, { draws: [...perSample, ...draws], result: axes, real, stream: `${stream}.${position}`, ...kind }); // prettier-ignore
      return elaborator.drawsViews || drawn === true ? drawnStep(site, value, step) : stillStep(site, value, step);
    };
    const next = done(result, { isMask, isDiscrete: typed.type.element !== 'f32' });
    // what is real moves along, for the operations behind
    real = isMask ? next : real && done(real, { isMask: true, isDiscrete: true });
    result = next;
  }
  // in its one form every draw is the same
  const missing = without(typed.type.axes, ...result.axes);
  if (missing.length === 0) return result;
  return { node: aligner.expanded(result, typed.type.axes), axes: typed.type.axes };
}
