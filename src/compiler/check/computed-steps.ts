/** Operations of a view of a computed value, `augment v = drawing |> random_perspective(50 %)`: what the graph does, as plain data. */
import type { Bounds, Fill } from '../program/view.ts';
import type { Axis } from '../types/axis.ts';

/** Shares are of the picture; `chance` is how often it is done. A rule for each stands in elaborate/views/rules.ts. */
export type ComputedStep =
  /** Each corner moves inwards by up to half of that share of its side. */
  | { readonly kind: 'perspective'; readonly distortion: number; readonly chance: number; readonly fill: Fill }
  /** A part of that share of the area and that ratio of width to height (1: the picture's own), scaled back to the size it is taken from. */
  | { readonly kind: 'crop'; readonly area: Bounds; readonly aspect: Bounds }
  /** A part whose width and height are two of these shares that are neighbours or one, at one of thirteen places. */
  | { readonly kind: 'multi_scale_crop'; readonly scales: readonly number[] }
  /** Factors, and the turn of the hue. */
  | { readonly kind: 'jitter'; readonly brightness: Bounds; readonly contrast: Bounds; readonly saturation: Bounds; readonly hue: Bounds; readonly chance: number }
  | { readonly kind: 'gray'; readonly chance: number }
  /** Deviation in pixels. */
  | { readonly kind: 'blur'; readonly sigma: Bounds; readonly chance: number }
  | { readonly kind: 'rotate'; readonly angle: Bounds; readonly fill: Fill; readonly chance: number }
  | { readonly kind: 'erase'; readonly area: Bounds; readonly aspect: Bounds; readonly fill: Fill; readonly chance: number }
  /** A square of that share of the shorter side. */
  | { readonly kind: 'cutout'; readonly side: number; readonly fill: Fill; readonly chance: number }
  | { readonly kind: 'flip'; readonly along: 'width' | 'height'; readonly chance: number }
  /** Entry t is what stood at t · factor, one of these or between two; behind the end nothing is. */
  | { readonly kind: 'speed'; readonly over: Axis; readonly factors: readonly number[] | { readonly between: Bounds } }
  /** So many neighbours, along an axis of their own. */
  | { readonly kind: 'window'; readonly over: Axis; readonly size: number; readonly as: Axis }
  /** In the opposite order; what is masked at the end stays there. */
  | { readonly kind: 'reverse'; readonly over: Axis; readonly chance: number }
  /** In another order, what is masked last. */
  | { readonly kind: 'shuffle'; readonly over: Axis }
  /** Along each of the axes an entry begins a run of `span` zeros with the chance `starts`; runs may overlap. */
  | { readonly kind: 'mask_spans'; readonly over: readonly Axis[]; readonly starts: number; readonly span: number }
  /** So many of these chains, in the order they are drawn. */
  | { readonly kind: 'choose'; readonly count: number; readonly replace: boolean; readonly of: readonly (readonly ComputedStep[])[] }
  /** All of these, or nothing. */
  | { readonly kind: 'maybe'; readonly chance: number; readonly of: readonly ComputedStep[] }; // prettier-ignore

/** Whether entries may come to stand along the axis that were none before. */
export function outgrows(step: ComputedStep): readonly Axis[] {
  switch (step.kind) {
    case 'speed': {
      const most = 'between' in step.factors ? step.factors.between[1] : Math.max(...step.factors);
      return most > 1 ? [step.over] : [];
    }
    case 'window':
      return step.over.size.kind === 'known' && step.over.size.value >= step.size ? [] : [step.over];
    case 'maybe':
      return step.of.flatMap(outgrows);
    case 'choose':
      return step.of.flat().flatMap(outgrows);
    default:
      return [];
  }
}
