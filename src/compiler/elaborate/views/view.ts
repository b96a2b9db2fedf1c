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
export function view(elaborator: Elaborator, typed: Typed, { stream, draws, steps }: TypedAttributes['view']): Located {
  const { aligner } = elaborator;
  const first = elaborator.argument(typed, 0);
  const perSample = hasAxis({ element: 'f32', axes: first.axes }, 'batch') ? [batchAxis] : [];
  const result = steps.reduce((value, { step, axes }, position) => {
    const site = new ViewSite(elaborator, {
      draws: [...perSample, ...draws],
      result: axes,
      isDiscrete: typed.type.element !== 'f32',
      stream: `${stream}.${position}`,
    });
    return elaborator.drawsViews ? drawnStep(site, value, step) : stillStep(site, value, step);
  }, first);
  // in its one form every draw is the same
  const missing = without(typed.type.axes, ...result.axes);
  if (missing.length === 0) return result;
  return { node: aligner.expanded(result, typed.type.axes), axes: typed.type.axes };
}
