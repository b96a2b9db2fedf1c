import { field, type Construct } from '../construct.ts';
import { word } from '../option.ts';

export const parquet: Construct = {
  name: 'parquet',
  doc: 'Rows of a columnar table.',
  source: '-',
  given: '"path"',

  options: {
    on_bad: field('whether a file that cannot be read ends the run or is left out', word(['error', 'skip'], 'error')),
  },
  example: 'parquet("a-*.parquet")',
};
