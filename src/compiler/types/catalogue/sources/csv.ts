import { field, type Construct } from '../construct.ts';
import { word } from '../option.ts';

export const csv: Construct = {
  name: 'csv',
  doc: 'Rows of a table with a head.',
  source: '-',
  given: '"path"',

  options: {
    on_bad: field('whether a file that cannot be read ends the run or is left out', word(['error', 'skip'], 'error')),
  },
  example: 'csv("a.csv")',
};
