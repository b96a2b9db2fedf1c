/** Graphs as a run calls them: what each input is fed with, and what each output is. */
import type { Graph } from '../ir/graph.ts';
import type { ColumnPart } from './column.ts';
import type { Ramp } from './schedule.ts';

/** What a graph input is fed with. */
export type InputSource =
  | { readonly kind: 'parameter'; readonly name: string }
  | { readonly kind: 'column'; readonly column: string; readonly part: ColumnPart }
  | { readonly kind: 'texts'; readonly table: string; readonly part: 'ids' | 'length' | 'starts' }
  /** A result of the `constants` function beside this one, or a value over a whole data set. */
  | { readonly kind: 'constant'; readonly id: string }
  /** A per-sample result of the `features` function, cached on disk by content. */
  | { readonly kind: 'feature'; readonly id: string }
  /** A per-sample result of `samples`, over the whole evaluation set; or what one function of a step in chunks leaves for another. */
  | { readonly kind: 'sample'; readonly id: string }
  | { readonly kind: 'random'; readonly stream: string; readonly distribution: RandomDistribution }
  /** A number of `texts.measures` of its evaluation. */
  | { readonly kind: 'measure'; readonly id: string }
  /** What a `Generation` has found so far: its words as one text of each sample, where each ends, and the place whose scores are asked for. */
  | { readonly kind: 'generated'; readonly part: 'ids' | 'length' | 'place' }
  /** The current value of a scheduled weight, a scalar; of the weight of a term, or of the `ramp` itself where a formula reads it. */
  | { readonly kind: 'weight'; readonly name: string; readonly ramp?: Ramp };

export type RandomDistribution =
  | { readonly kind: 'uniform'; readonly low: number; readonly high: number }
  | { readonly kind: 'normal' }
  /** i32: a permutation of 0..n-1 along the last dimension. */
  | { readonly kind: 'permutation' }
  /** f32 0 or 1, 1 with probability `keep`. */
  | { readonly kind: 'bernoulli'; readonly keep: number };

export type OutputSource =
  /** What a tensor starts from, for the sample at hand. */
  | { readonly kind: 'start'; readonly parameter: string }
  /** A loss term, raw (unweighted) scalar. */
  | { readonly kind: 'term'; readonly name: string }
  | { readonly kind: 'total' }
  | { readonly kind: 'gradient'; readonly parameter: string }
  /** New value of a buffer. */
  | { readonly kind: 'buffer'; readonly name: string }
  | { readonly kind: 'constant'; readonly id: string }
  | { readonly kind: 'feature'; readonly id: string }
  | { readonly kind: 'sample'; readonly id: string }
  | { readonly kind: 'metric'; readonly name: string }
  /** How many elements a mask leaves to a metric, for each of its entries, or to a loss term. */
  | { readonly kind: 'count'; readonly name: string }
  /** Log probabilities of each piece at a place, f32 [batch, pieces]. */
  | { readonly kind: 'scores' };

export interface ProgramFunction {
  /** `main/step`, `main/constants`, `main/features`, `main/target/samples`: the key of its artefact. */
  readonly id: string;
  readonly graph: Graph;
  readonly inputs: Readonly<Record<string, InputSource>>;
  readonly outputs: Readonly<Record<string, OutputSource>>;
}

/** A function with its results in the user's words, by output. */
export interface DescribedFunction extends ProgramFunction {
  readonly describes: Readonly<Record<string, string>>;
}

export interface FeatureFunction extends DescribedFunction {
  /** Columns read: the cache key is their content, the frozen parameters' digests and the graph's. */
  readonly columns: readonly string[];
}
