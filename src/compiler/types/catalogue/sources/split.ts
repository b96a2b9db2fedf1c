import { field, value, type Construct } from '../construct.ts';

export const split: Construct = {
  name: 'split',
  doc: 'Parts of a set.',
  source: '-',
  given: 'set, shares',

  options: { by: field('samples of one value stay together', value('column')) },
  example: 'split(a, 80 % / 20 %)',
};
