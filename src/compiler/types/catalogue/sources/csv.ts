import type { Construct } from '../construct.ts';
import { onBad } from './shared.ts';

export const csv: Construct = {
  name: 'csv',
  doc: 'Rows of a table with a head.',
  source: '-',
  given: '"path"',

  options: {
    on_bad: onBad,
  },
  example: 'csv("a.csv")',
};
