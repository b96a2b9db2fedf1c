import type { ColumnPart } from '../compiler/program/column.ts';
import type { TensorValue } from './backends/backend.ts';

/** Ids that a text begins and ends with, and what stands behind it; the text of ids. */
export interface TextMarks {
  readonly start: number;
  readonly end: number;
  readonly padding: number;
  decode(ids: readonly number[]): string;
}

/** The samples of one data set, in a fixed order, as the graphs take them. */
export interface BatchSource {
  readonly count: number;
  /**
   * The given columns of the given samples, batch first, by `columnKey`. `epoch` counts from 0 in training, where a `draw` column
   * draws anew in each; it is undefined in evaluation. The same arguments always give the same tensors.
   */
  batch(
    indices: ArrayLike<number>,
    columns: readonly string[],
    epoch: number | undefined,
  ): Promise<Readonly<Record<string, TensorValue>>>;
  /**
   * One sample as a set of its own, under a name that is unique within its source: what is drawn of it depends on that name and on no
   * other sample.
   */
  alone?(index: number): SampleAlone;
  /** Decodes all samples of these columns ahead, so that no step waits and a broken one shows at once. */
  prepare?(columns: readonly string[]): Promise<void>;
  /** The texts of this column of a sample, as an evaluation reads them: one, those of a list, or none where it is absent. */
  texts?(index: number, column: string): readonly string[];
  /** How a tokenizer of the program cuts texts and puts words together. */
  tokenizer?(id: string): TextMarks;
  /** sha256 (hexadecimal) of what these columns of a sample hold, before the graph: equal content, equal key. */
  contentKey(index: number, columns: readonly string[]): Promise<string>;
}

export interface SampleAlone {
  readonly name: string;
  readonly source: BatchSource;
}

/** Everything a run reads that is no parameter. */
export interface RunData {
  open(data: string): Promise<BatchSource>;
  /** Token ids [...shape, context] and end positions [...shape] of a table of constant prompts. */
  /** `starts`: where each slot of vectors begins. */
  texts(table: string): Promise<Readonly<Record<'ids' | 'length' | 'starts', TensorValue>>>;
}

/** How a column's part is called in a batch: `face`, `caption.ids`, `tags.mask`. */
export function columnKey(column: string, part: ColumnPart): string {
  return part === 'value' ? column : `${column}.${part}`;
}
