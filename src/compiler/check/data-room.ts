import type { DatasetSpec } from '../program/dataset.ts';
import type { Span } from '../source/span.ts';
import type { Checker } from './checker.ts';

/** What the statements of data sets are read with: each asks for the sets that it is made of. */
export interface DataRoom {
  readonly checker: Checker;
  readonly specs: ReadonlyMap<string, DatasetSpec>;
  /** Sets that a fault leaves without some of their columns: what reads those is not blamed. */
  readonly incomplete: ReadonlySet<string>;
  /** The data set of a name; undefined where there is none or it is malformed, which is reported once. */
  get(name: string, span: Span): DatasetSpec | undefined;
}
