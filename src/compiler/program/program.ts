/**
 * The lowered artefact as plain data: everything a runtime needs to train and evaluate one experiment on any engine.
 * Prints as JSON (schema `schemas/program.json`); holds no weights and no samples.
 */
import type { EncoderConfig } from '../types/model-config.ts';
import type { Column } from './column.ts';
import type { CombinedMetric } from './combined-metric.ts';
import type { DatasetSpec } from './dataset.ts';
import type { FigureSpec } from './figure.ts';
import type { ParameterTensor } from './parameter.ts';
import type { Stage } from './stage.ts';
import type { TextTable, TokenizerSpec } from './tokenizer.ts';
import type { Vocabulary } from './vocabulary.ts';

export interface Program {
  readonly schema: 'clipx.program/1';
  readonly edition: 1;
  readonly name: string;
  readonly title: string;
  /** The row of an `ablate` this is; `full` for the experiment as it stands. */
  readonly row: string;
  /** Made small, to run on random data: its numbers mean nothing. */
  readonly random?: true;
  readonly digests: ProgramDigests;
  readonly parameters: readonly ParameterTensor[];
  /** Sizes of the encoders, as a weights folder states them: what `clipx export` writes beside the tensors. */
  readonly encoders: readonly { readonly name: string; readonly config: EncoderConfig }[];
  readonly columns: readonly Column[];
  readonly vocabularies: readonly Vocabulary[];
  readonly tokenizers: readonly TokenizerSpec[];
  readonly texts: readonly TextTable[];
  readonly data: readonly DatasetSpec[];
  /** Run in order; a stage starts from the parameters its predecessors left. */
  readonly stages: readonly Stage[];
  readonly figures: readonly FigureSpec[];
  /** Metrics of metrics, computed from the results of a stage's evaluations. */
  readonly combined?: readonly CombinedMetric[];
  /** Seeds the file asks for; the first is the default run. */
  readonly seeds: readonly number[];
}

export interface ProgramDigests {
  /** sha256 of the resolved, checked program: equal for two files that mean the same. */
  readonly semantic: string;
  /** sha256 of what makes two numbers comparable: data, split, preprocessing, evaluation prompts, metrics. */
  readonly protocol: string;
}
