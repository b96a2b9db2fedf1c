/** What figures show. */
import type { Evaluation } from './evaluation.ts';
import type { Duration } from './schedule.ts';

export interface FigureSpec {
  readonly name: string;
  readonly kind: 'curve' | 'scatter' | 'samples' | 'heatmap' | 'table' | 'strokes';
  readonly options: Readonly<Record<string, string | number | boolean | readonly string[]>>;
  /** What all but curves show. */
  readonly shown?: readonly FigureValue[];
  /** It is worked out so often besides. */
  readonly every?: Duration;
}

/** A value that a figure shows, worked out with the parameters that are left. */
export interface FigureValue {
  /** As written. */
  readonly label: string;
  readonly role: 'value' | 'by' | 'colour' | 'label';
  readonly stage: string;
  /** Its name among the results of the stage's `figures`; absent where it is a column of texts. */
  readonly id?: string;
  /** The column whose words are shown. */
  readonly text?: string;
  /** In the order of its dimensions. */
  readonly axes: readonly { readonly name: string; readonly entries?: readonly string[] }[];
  readonly element: 'f32' | 'i32' | 'bool' | 'text';
  /** Words of the axis that an index points into. */
  readonly words?: readonly string[];
  readonly unit?: string;
}

/** Values of a figure, worked out as the metrics of an evaluation are: of `count` samples, evenly spread over the set. */
export interface StageFigure extends Pick<
  Evaluation,
  'name' | 'data' | 'each' | 'count' | 'batch' | 'constants' | 'samples' | 'metrics'
> {
  readonly figure: string;
}
