/** What is measured of a data set. */
import type { Shape } from '../types/dtype.ts';
import type { ProgramFunction } from './program-function.ts';
import type { Duration } from './schedule.ts';

/** What an outermost mean or extreme of a number takes in: so many elements, or so many for each that the output `left` counts. */
export interface CountedElements {
  readonly elements: number;
  readonly left?: string;
  /** Of a term: others in each batch of an update. */
  readonly perBatch?: true;
}

export interface Evaluation {
  readonly name: string;
  readonly data: string;
  /** Each sample by itself, with the parameters that were optimised for it: `count` is 1. */
  readonly each?: true;
  /** Samples of the whole set; `metrics` is compiled for exactly this many. */
  readonly count: number;
  /** Samples of one minibatch of `samples`. */
  readonly batch: number;
  readonly every?: Duration;
  /** Views of columns are drawn; otherwise each has its one form. */
  readonly views?: 'random';
  /** Metric that selects the checkpoint. */
  readonly best?: { readonly metric: string; readonly direction: 'max' | 'min' };
  readonly constants?: ProgramFunction;
  readonly samples?: ProgramFunction;
  readonly metrics: ProgramFunction;
  readonly table: readonly MetricSpec[];
  /** Texts that are found and compared, outside of graphs. */
  readonly texts?: EvaluatedTexts;
}

export interface EvaluatedTexts {
  readonly measures: readonly TextMeasure[];
  readonly generations: readonly Generation[];
}

/** How alike texts of a whole set are to those that people wrote. */
export interface TextMeasure {
  readonly id: string;
  readonly measure: 'bleu' | 'rouge_l' | 'cider';
  /** Words of the longest runs that BLEU counts. */
  readonly n?: number;
  readonly found: TextSource;
  readonly references: TextSource;
  /** Samples of one content of this column are one, with the references of all. */
  readonly by?: string;
}

export type TextSource =
  { readonly kind: 'column'; readonly column: string } | { readonly kind: 'generated'; readonly id: string };

/** The text that scores of the next word find likeliest, by beam search. */
export interface Generation {
  /** `said`: the name that the file gives it, where it does. */
  readonly id: string;
  readonly tokenizer: string;
  readonly beam: number;
  /** Words of a text at most, its marks among them. */
  readonly most: number;
  /** A sum of log probabilities is judged over the number of words to this power. */
  readonly penalty: number;
  /** Word s is scored at place s − `ahead`. */
  readonly ahead: 0 | 1;
  /** As those of the evaluation: once, and once a minibatch. */
  readonly constants?: ProgramFunction;
  readonly samples?: ProgramFunction;
  /** Once for each further word of each beam. */
  readonly scores: ProgramFunction;
}

export interface MetricSpec {
  readonly name: string;
  readonly formula: string;
  readonly unit?: string;
  readonly shape: Shape;
  /** One word per entry where the metric keeps an item axis. */
  readonly entries?: readonly string[];
  readonly counted?: readonly CountedElements[];
}
