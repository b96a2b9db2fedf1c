/** Where data sets are from, one a file. */
import type { Construct } from './construct.ts';
import { csv } from './sources/csv.ts';
import { features } from './sources/features.ts';
import { folder } from './sources/folder.ts';
import { folds } from './sources/folds.ts';
import { idx } from './sources/idx.ts';
import { jsonl } from './sources/jsonl.ts';
import { mix } from './sources/mix.ts';
import { parquet } from './sources/parquet.ts';
import { shards } from './sources/shards.ts';
import { split } from './sources/split.ts';

export const sources = {
  shards,
  folder,
  csv,
  jsonl,
  parquet,
  idx,
  features,
  mix,
  split,
  folds,
} as const satisfies Readonly<Record<string, Construct>>;
