/** Stages that try candidates instead of following gradients. */
import type { Evaluation } from './evaluation.ts';

export type SearchMethod =
  /** Every combination of the values. */
  | { readonly kind: 'grid'; readonly values: readonly number[] }
  /** So many combinations, drawn. */
  | { readonly kind: 'random'; readonly values: readonly number[]; readonly tries: number }
  /** One element after the other, the others held. */
  | { readonly kind: 'coordinate'; readonly values: readonly number[]; readonly rounds: number };

export interface StageSearch {
  readonly method: SearchMethod;
  readonly direction: 'max' | 'min';
  /** Judges a candidate over the data of the stage: its one metric. */
  readonly evaluation: Evaluation;
}
