/** What one stage trains, how and for how long. */
import type { CountedElements, Evaluation } from './evaluation.ts';
import type { StageFigure } from './figure.ts';
import type { OptimiserGroup } from './optimiser.ts';
import type { DescribedFunction, FeatureFunction, ProgramFunction } from './program-function.ts';
import type { Duration, Schedule, WeightSpec } from './schedule.ts';
import type { StageSearch } from './search.ts';

export interface Stage {
  readonly name: string;
  /** Stages whose parameters it starts from, by name. */
  readonly after?: readonly string[];
  /** sha256 of all that decides the parameters at its end, its predecessors' digests included; the seed and the engine come besides. */
  readonly digest?: string;
  /** Absent where no input is reached. */
  readonly data?: string;
  /** One optimisation for each sample of the data, from a start of its own: a batch is one sample, and steps are those of one. */
  readonly each?: true;
  /** What tensors start from that a sample decides; called for each sample and restart. Its random inputs are drawn for each. */
  readonly starts?: ProgramFunction;
  /** Names of the tensors that train here, in table order: gradients, slots and the certificate follow this list. */
  readonly trainable: readonly string[];
  readonly batch: number;
  /** The whole set is one batch: `batch` is how many samples it has. */
  readonly wholeBatch?: true;
  /** Exactly one of the two. */
  readonly epochs?: number;
  readonly steps?: number;
  readonly groups: readonly OptimiserGroup[];
  readonly schedule: Schedule;
  /** Global norm. */
  readonly clipGradient?: number;
  /** Batches whose gradients are averaged before one update; 1 where absent. A step is an update. */
  readonly accumulate?: number;
  /** Decay of the moving average of the trainable tensors that evaluations read in their place. */
  readonly average?: number;
  /** In which order samples come; `shuffle` where absent. */
  readonly sampler?: Sampler;
  /** A checkpoint each so long, besides those by time. */
  readonly checkpoint?: Duration;
  readonly stop?: StopRule;
  /** Runs of the stage from other draws of its random tensors, of which the best is kept. */
  readonly restarts?: number;
  /** Candidates instead of gradients: `step` is empty then. */
  readonly search?: StageSearch;
  readonly terms: readonly LossTerm[];
  /** The minimised formula as written. */
  readonly objective: string;
  /** Once per run: what depends on frozen parameters and literals alone. */
  readonly constants?: DescribedFunction;
  /** Once per distinct sample content (with `each` once a sample, whatever it is of the sample): what depends on frozen parameters and unaugmented columns alone. */
  readonly features?: FeatureFunction;
  readonly step: ProgramFunction;
  /** The batch is held in memory a chunk at a time: `step` is that of one chunk, with what `loss` asks of its features. */
  readonly chunk?: ChunkedBatch;
  /** When each named value of the step is computed, and why. */
  readonly values: readonly ValueTime[];
  readonly evaluations: readonly Evaluation[];
  /** Values over whole data sets, which the functions of the stage read as constants; those first that others read. */
  readonly dataValues?: readonly DataValues[];
  /** What figures show, worked out once, after the final evaluations. */
  readonly figures?: readonly StageFigure[];
}

/**
 * A step in chunks, with the loss of the whole batch (GradCache). What one function leaves for another goes by the name of its output: its
 * inputs of kind `sample`.
 */
export interface ChunkedBatch {
  readonly size: number;
  /** Chunks of a batch. */
  readonly count: number;
  /** Features of a chunk, without a gradient. */
  readonly encode: ProgramFunction;
  /** Of the features of the whole batch: terms, total, and the gradients of features and of what the loss itself reads. */
  readonly loss: ProgramFunction;
}

/** Values over one data set, worked out as the metrics of an evaluation are: outputs of `metrics` are constants by their id. */
export interface DataValues extends Pick<
  Evaluation,
  'name' | 'data' | 'count' | 'batch' | 'constants' | 'samples' | 'metrics'
> {
  /** What the stage trains is among what they are made of: worked out anew for each evaluation. */
  readonly changes?: true;
}

/** When a let, a loss or a call of a part is computed in training: what `plan` and `explain` say. */
export interface ValueTime {
  readonly name: string;
  /** Known before the first step, known for each sample apart, or new at every step. */
  readonly when: 'constant' | 'sample' | 'step';
  /** Computed ahead and read: once, or once a sample from the cache. Otherwise the step computes it. */
  readonly ahead: boolean;
  /** Why it is not computed ahead, or what makes it the same. */
  readonly because: string;
}

export interface LossTerm {
  readonly name: string;
  /** As the user wrote it. */
  readonly formula: string;
  readonly weight: WeightSpec;
  readonly counted?: readonly CountedElements[];
}

/** The order of the samples of an epoch. */
export type Sampler =
  | { readonly kind: 'shuffle' }
  | { readonly kind: 'sequential' }
  /** Every class of the column is equally likely: an epoch draws as many samples as there are, rare ones again. */
  | { readonly kind: 'balanced'; readonly column: string }
  /** Each batch holds `count` samples of each of its classes. */
  | { readonly kind: 'per-class'; readonly column: string; readonly count: number };

/** Ends a stage where a metric has not become better for so long. */
export interface StopRule {
  readonly evaluation: string;
  readonly metric: string;
  readonly direction: 'max' | 'min';
  readonly patience: Duration;
  /** Less than this is no betterment. */
  readonly change: number;
}
