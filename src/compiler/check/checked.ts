/** The checked experiment: what `elaborate` lowers, `explain` prints, `diff` compares and the semantic digest hashes. */
import type {
  Column, DatasetSpec, Duration, OptimiserMethod, Schedule, Vocabulary, WeightSpec,
} from '../program/program.ts'; // prettier-ignore
import type { Span } from '../source/span.ts';
import type { Instance, StateOverride, Typed } from './typed.ts';
import type { PromptTable } from './value.ts';

export interface CheckedExperiment {
  readonly name: string;
  readonly title: string;
  readonly row: string;
  readonly columns: readonly Column[];
  readonly vocabularies: readonly Vocabulary[];
  readonly prompts: readonly PromptTable[];
  readonly instances: readonly Instance[];
  readonly parameters: readonly CheckedParameter[];
  readonly weights: readonly { readonly name: string; readonly value: number | undefined; readonly span: Span }[];
  readonly data: readonly DatasetSpec[];
  readonly values: readonly { readonly name: string; readonly typed: Typed }[];
  readonly training: CheckedTraining;
  readonly evaluations: readonly CheckedEvaluation[];
  readonly seeds: readonly number[];
  readonly rows: readonly CheckedRow[];
  readonly expectations: readonly { readonly text: string; readonly span: Span }[];
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
  readonly span: Span;
}

export interface CheckedOptimiser {
  readonly method: OptimiserMethod;
  readonly learningRate: number;
  readonly decay: number;
}

export interface CheckedEvaluation {
  readonly name: string;
  readonly data: string;
  readonly metrics: readonly CheckedMetric[];
  readonly every?: Duration;
  readonly batch: number;
  readonly best?: { readonly metric: string; readonly direction: 'max' | 'min' };
  readonly span: Span;
}

export interface CheckedMetric {
  readonly name: string;
  readonly formula: string;
  readonly typed: Typed;
  readonly unit?: string;
  readonly span: Span;
}

export interface CheckedRow {
  readonly label: string;
  readonly ablation: string;
  readonly span: Span;
}
