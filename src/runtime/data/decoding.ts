/** What the decoders of columns share. */
import type { Column } from '../../compiler/program/column.ts';
import type { RandomStream } from '../random.ts';
import { DataError } from './data-error.ts';
import { sampleName } from './raw-sample.ts';
import type { VocabularyContent } from './read-vocabulary.ts';
import type { Row } from './rows.ts';
import type { Tokenizer } from './tokenizer.ts';

export type ColumnOf<Kind extends Column['kind']> = Extract<Column, { readonly kind: Kind }>;

/** What decoders need from the room they work in. */
export interface DecodingContext {
  tokenizer(id: string): Tokenizer;
  /** Words in order. */
  vocabulary(name: string): Promise<readonly string[]>;
  /** The number of an id string, the same for equal strings within a run. */
  identity(column: string, value: string): number;
  /** Words with their further columns. */
  vocabularyContent(name: string): Promise<VocabularyContent>;
  /** What the program declares of a column. */
  column(name: string): Column;
  /** A text of this column is longer than an encoder's context, and nothing says that it is cut. Throws CX8111, but for random data. */
  tooLong(column: string, sample: string, text: string, context: number): void;
}

/** Which caption a `draw` column gives: a row's number in its data set, and the epoch or nothing in evaluation. */
export interface Draw {
  readonly random: RandomStream;
  readonly count: number;
  readonly epoch: number | undefined;
  /** Another stream of the same run. */
  readonly stream: (name: string) => RandomStream;
  /** What another column draws of the same samples. */
  readonly of: (column: string) => Draw;
}

export function kindFault(column: string, row: Row, expected: string, found: unknown, help?: string): DataError {
  const shown = JSON.stringify(found) ?? String(found);
  return new DataError(
    'user',
    'CX8107',
    `column \`${column}\` of sample ${sampleName(row.sample)} should hold ${expected}, found ${shown.length > 60 ? `${shown.slice(0, 60)}…` : shown}`,
    { sample: sampleName(row.sample), ...(help === undefined ? {} : { help }) },
  );
}
