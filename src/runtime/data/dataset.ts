import type { BatchSource } from '../batch-source.ts';

/** One data set, opened: its samples are known, pictures are decoded when first asked for and then kept. */
export interface Dataset extends BatchSource {
  readonly name: string;
  /** `test` where the file says `mark(test)`. */
  readonly mark: string | undefined;
  /** Samples left out by `on_bad: skip`. */
  readonly skipped: readonly SkippedSample[];
  /** `shard.tar#key`. */
  sample(index: number): string;
  /** What a mapped column holds before decoding. */
  value(index: number, column: string): unknown;
  /** Distinct values of a column, sorted (numbers by size, words by code point): a vocabulary `from` it. */
  distinct(column: string): readonly string[];
  /** Decodes all pictures of these columns (all by default), so that no step waits and every broken one shows at once. */
  prepare(columns?: readonly string[]): Promise<void>;
  /** sha256 of the content of all mapped columns of all samples in order. */
  digest(): Promise<string>;
}

export interface SkippedSample {
  readonly sample: string;
  readonly reason: string;
}
