/** How texts become token ids. */
import type { Shape } from '../types/dtype.ts';

/** How a `tokenizer` of the file cuts texts. */
export interface TextCut {
  readonly kind: 'wordpiece' | 'bpe' | 'sentencepiece';
  /** Project path of a `tokenizer.json` or, of word pieces, of a text file with one a line; of `sentencepiece`, of a `spiece.model`. */
  readonly path: string;
  /** Places in a text, its marks of begin and end among them. */
  readonly context: number;
  /** Letters are made small and lose their accents; of a list of pieces alone. */
  readonly lower: boolean;
  /** Entries of the table, where the experiment says so: the file has no more. */
  readonly pieces?: number;
}

export interface TokenizerSpec {
  readonly id: string;
  /** Project path of a Hugging Face `tokenizer.json`, or of what `cut` says. */
  readonly path: string;
  readonly context: number;
  readonly cut?: TextCut;
  /** Rows of the encoder's table that its ids stand for. */
  readonly entries?: number;
  /** The id at which the tower of a checkpoint reads its feature: texts must end with it. */
  readonly end?: number;
  /** Nothing is read: so many entries stand for those of the file. */
  readonly random?: number;
}

/** Constant prompts: rows of token ids in row-major order of `shape` (for example [template, class]). */
export interface TextTable {
  readonly id: string;
  readonly tokenizer: string;
  readonly shape: Shape;
  /** A slot of vectors is its `vectorMark`. */
  readonly texts: readonly string[];
  /** Positions that each slot of vectors takes. */
  readonly vectors?: readonly number[];
}
