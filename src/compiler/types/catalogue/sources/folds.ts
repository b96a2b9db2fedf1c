import { field, value, type Construct } from '../construct.ts';
import { number } from '../option.ts';

export const folds: Construct = {
  name: 'folds',
  doc: 'Two sets: all but one of equal parts, and that one.',
  source: '-',
  given: 'set, how many',

  options: {
    held: field('which one, from 0', number(0, 0, 1e6)),
    by: field('samples of one value stay together', value('column')),
  },
  example: 'folds(a, 5, held: 0)',
};
