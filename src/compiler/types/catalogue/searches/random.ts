import { field, type Construct } from '../construct.ts';
import { count } from '../option.ts';

export const random: Construct = {
  name: 'random',
  doc: 'Tries some combinations of the candidates, drawn by the seed.',
  source: '-',
  given: '[candidates]',
  options: { tries: field('how many combinations', count(100)) },
  example: 'random([0, 0.5, 1], tries: 50)',
};
