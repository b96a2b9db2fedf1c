/** Operations of a view of a computed value, `augment v = drawing |> random_perspective(50 %)`: what the graph does, as plain data. */
import type { Bounds, Fill } from '../program/view.ts';

/** Shares are of the picture; `chance` is how often it is done. A rule for each stands in elaborate/views/rules.ts. */
export type ComputedStep =
  /** Each corner moves inwards by up to half of that share of its side. */
  | { readonly kind: 'perspective'; readonly distortion: number; readonly chance: number; readonly fill: Fill }
  /** A part of that share of the area and that ratio of width to height (1: the picture's own), scaled back to the size it is taken from. */
  | { readonly kind: 'crop'; readonly area: Bounds; readonly aspect: Bounds }
  | { readonly kind: 'flip'; readonly along: 'width' | 'height'; readonly chance: number }
  /** One of these, or nothing. */
  | { readonly kind: 'maybe'; readonly chance: number; readonly of: readonly ComputedStep[] }; // prettier-ignore
