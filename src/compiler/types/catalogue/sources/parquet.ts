import type { Construct } from '../construct.ts';
import { onBad } from './shared.ts';

export const parquet: Construct = {
  name: 'parquet',
  doc: 'Rows of a columnar table.',
  source: '-',
  given: '"path"',

  options: {
    on_bad: onBad,
  },
  example: 'parquet("a-*.parquet")',
};
