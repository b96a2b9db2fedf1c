/** The checked experiment: what `elaborate` lowers, `explain` prints, `diff` compares and the semantic digest hashes. */
import type { Claim } from '../program/claim.ts';
import type { Column } from '../program/column.ts';
import type { CombinedMetric } from '../program/combined-metric.ts';
import type { DatasetSpec } from '../program/dataset.ts';
import type { FigureSpec, FigureValue } from '../program/figure.ts';
import type { OptimiserMethod } from '../program/optimiser.ts';
import type { Duration, Schedule, WeightSpec } from '../program/schedule.ts';
import type { SearchMethod } from '../program/search.ts';
import type { Sampler, StopRule } from '../program/stage.ts';
import type { Vocabulary } from '../program/vocabulary.ts';
import type { Span } from '../source/span.ts';
import type { LetStatement, LossStatement, Name } from '../syntax/ast.ts';
import type { Axis, Size } from '../types/axis.ts';
import type { Instance, StateOverride, Typed } from './typed.ts';
import type { PromptTable } from './value.ts';

/** What the statements mean as one body: those of the file, or of a stage over them. */
export interface CheckedModel {
  readonly columns: readonly Column[];
  readonly vocabularies: readonly Vocabulary[];
  readonly prompts: readonly PromptTable[];
  /** Flags as they are here: a stage has its own list of what trains. */
  readonly instances: readonly Instance[];
  readonly parameters: readonly CheckedParameter[];
  readonly weights: readonly { readonly name: string; readonly value: number | undefined; readonly span: Span }[];
  readonly data: readonly DatasetSpec[];
  readonly values: readonly { readonly name: string; readonly typed: Typed; readonly statement?: LetStatement | LossStatement }[]; // prettier-ignore
  /** Without terms where nothing is minimised: then it is evaluated alone. */
  readonly training: CheckedTraining;
  readonly evaluations: readonly CheckedEvaluation[];
  /** Calls of chains and modules of one's own: what each was given, and what it came to. */
  readonly applications: readonly Application[];
  /** Settings that are checked and have no body yet. */
  readonly unbuilt: readonly { readonly what: string; readonly span: Span; readonly help?: string }[];
}

/**
 * A call of a chain or of a module of one's own. The typed program has it written out: this says which of its values are inside, for who
 * writes it as a call again.
 */
export interface Application {
  /** The declared module that holds its tensors. */
  readonly owner: string;
  /** Where it stands in the owner; empty for the owner itself. */
  readonly path: string;
  /** As the file calls the definition, and what its parameters are that are sizes and numbers; absent for a chain. */
  readonly definition?: {
    readonly name: string;
    readonly sizes: readonly { readonly name: string; readonly size: Size }[];
  };
  /** What makes it, as `captioner(3)` or `linear(a -> b) |> relu`. */
  readonly made: string;
  readonly given: readonly { readonly name: string; readonly typed: Typed }[];
  /** Several where it gives a tuple. */
  readonly results: readonly Typed[];
}

/** One stage, complete in itself: an experiment that starts from the parameters of those before it. */
export interface CheckedStage extends CheckedModel {
  /** `main` is the stage of the statements that stand in none. */
  readonly name: string;
  readonly after: readonly string[];
  readonly span: Span;
}

/** The experiment as its last stage sees it, and all its stages. Without `stage` statements the two are the same. */
export interface CheckedExperiment extends CheckedModel {
  readonly name: string;
  readonly title: string;
  readonly row: string;
  /** As a function over a part of a vocabulary sees it. */
  readonly narrowing?: Narrowing;
  /** Made small, to run on random data. */
  readonly random?: true;
  /** In the order in which they run; at least one. */
  readonly stages: readonly CheckedStage[];
  /** Metrics of metrics: `metric H = 2 * a * b / (a + b)`. */
  readonly combined: readonly CombinedMetric[];
  readonly figures: readonly CheckedFigure[];
  readonly seeds: readonly number[];
  /** Rows of ablations and points of sweeps. */
  readonly rows: readonly CheckedRow[];
  readonly sweeps: readonly CheckedSweep[];
  /** With what is to be judged, where the row is `full` and the claim is in order. */
  readonly expectations: readonly { readonly text: string; readonly span: Span; readonly claim?: Claim }[];
}

/** The experiment as one of its stages sees it: what compiles, compares and explains one stage takes this. */
export function seenBy(checked: CheckedExperiment, stage: CheckedStage): CheckedExperiment {
  const { name: _name, after: _after, span: _span, ...model } = stage;
  return { ...checked, ...model };
}

/** A raw `param`. */
export interface CheckedParameter {
  readonly name: string;
  readonly flag: 'frozen' | 'trainable';
  readonly overrides: readonly StateOverride[];
  readonly span: Span;
}

export interface CheckedTerm {
  readonly name: string;
  readonly typed: Typed;
  readonly formula: string;
  readonly weight: WeightSpec;
  readonly span: Span;
}

export interface CheckedTraining {
  readonly data: string | undefined;
  /** One optimisation for each sample of the data. */
  readonly each?: true;
  readonly over?: Narrowing;
  readonly objective: string;
  readonly terms: readonly CheckedTerm[];
  readonly epochs?: number;
  readonly steps?: number;
  readonly batch: number;
  readonly optimiser: CheckedOptimiser;
  /** `optimizer(E): sgd(…)`: another method for one part. */
  readonly partOptimisers: readonly { readonly paths: readonly string[]; readonly optimiser: CheckedOptimiser; readonly span: Span }[]; // prettier-ignore
  readonly schedule: Schedule;
  readonly clipGradient?: number;
  /** The whole set is one batch; `batch` is nominal until the data are counted. */
  readonly wholeBatch?: true;
  /** Batches whose gradients are averaged before one update. */
  readonly accumulate?: number;
  /** Decay of the moving average of the parameters that evaluations read. */
  readonly average?: number;
  readonly sampler?: Sampler;
  readonly checkpoint?: Duration;
  readonly stop?: StopRule;
  /** Runs of this stage from other draws, of which the best is kept. */
  readonly restarts?: number;
  /** Samples of a batch whose features are computed at once; the loss still sees the whole batch. */
  readonly chunk?: number;
  /** Bytes that a step may take. */
  readonly memory?: number;
  /** What weight decay leaves out besides: kinds of tensors, or paths. */
  readonly noDecay?: readonly string[];
  /** Decay acts on every tensor, not on those of two or more dimensions alone. */
  readonly decayOn?: 'all';
  /** Instead of gradients: candidates for the trainable tensors, judged by a metric over the data. */
  readonly search?: CheckedSearch;
  readonly span: Span;
}

/** The words that a function sees of a vocabulary: a group of them, or those of another vocabulary in their place. */
export type Narrowing = NonNullable<DatasetSpec['narrow']>;

/** `stop: patience(…)`; without a metric, by what selects. */
export interface StopRequest {
  readonly metric?: string;
  readonly data?: Name;
  readonly direction?: 'max' | 'min';
  readonly patience: Duration;
  readonly change: number;
  readonly span: Span;
}

/** `maximize metric` with `grid`, `random` or `coordinate`. */
export interface CheckedSearch {
  readonly method: SearchMethod;
  readonly direction: 'max' | 'min';
  readonly metric: CheckedMetric;
}

export interface CheckedOptimiser {
  readonly method: OptimiserMethod;
  readonly learningRate: number;
  readonly decay: number;
}

export interface CheckedEvaluation {
  readonly name: string;
  readonly data: string;
  readonly over?: Narrowing;
  readonly metrics: readonly CheckedMetric[];
  readonly every?: Duration;
  readonly batch: number;
  readonly best?: { readonly metric: string; readonly direction: 'max' | 'min' };
  /** Views and other draws stay random, so that a metric may depend on them. */
  readonly views?: 'random';
  /** So many draws of a view, which become the item axis `draw`. */
  readonly draws?: { readonly count: number; readonly of: string };
  /** Each sample by itself, with the parameters that were optimised for it. */
  readonly each?: true;
  /** Bytes that a minibatch may take. */
  readonly memory?: number;
  readonly span: Span;
}

export interface CheckedMetric {
  readonly name: string;
  readonly formula: string;
  readonly typed: Typed;
  readonly unit?: string;
  readonly span: Span;
}

/** A figure with the values that it shows; of a curve their names alone, for its events tell it. */
export interface CheckedFigure extends Omit<FigureSpec, 'shown'> {
  readonly values: readonly CheckedFigureValue[];
}

export interface CheckedFigureValue {
  readonly label: string;
  readonly role: FigureValue['role'];
  /** The stage that has worked it out at its end. */
  readonly stage: string;
  /** The set whose samples are meant, where it has any. */
  readonly data: string | undefined;
  readonly over?: Narrowing;
  /** A number, or the column of texts that is shown. */
  readonly typed?: Typed;
  readonly text?: string;
  readonly element: FigureValue['element'];
  /** The axis that it points into. */
  readonly indexes?: Axis;
  readonly unit?: string;
}

export interface CheckedRow {
  readonly label: string;
  /** The name of its `ablate`, or of its sweep. */
  readonly ablation: string;
  readonly span: Span;
}

/** `sweep { λ: [0, 0.5, 1] } keep max(m)`: each point is a row, called `λ = 0.5`. */
export interface CheckedSweep {
  readonly name: string;
  /** What is set, and to which values, as written. */
  readonly fields: readonly { readonly path: string; readonly values: readonly string[] }[];
  readonly points: readonly string[];
  /** What chooses among the points: one metric of one evaluation. */
  readonly keep?: { readonly stage: string; readonly evaluation: string; readonly data: string; readonly metric: string; readonly direction: 'max' | 'min' }; // prettier-ignore
  readonly span: Span;
}
