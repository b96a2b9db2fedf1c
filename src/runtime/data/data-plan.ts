import type { Program } from '../../compiler/program/program.ts';

/** What of a program says which data there are; a `Program` is one. Vocabularies `from` a column may still be empty. */
export type DataPlan = Pick<Program, 'columns' | 'vocabularies' | 'tokenizers' | 'texts' | 'data' | 'random'>;

export interface DataEnvironment {
  /** Paths of data and tokenizers are relative to it. */
  readonly projectFolder: string;
  /** Of the run: decides what `draw` draws. Splits and samples are the same for every seed. */
  readonly seed: number;
  readonly onProgress?: (task: string, done: number, total: number) => void;
  readonly onWarning?: (code: string, message: string) => void;
}
