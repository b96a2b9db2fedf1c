import { field, type Construct } from '../construct.ts';
import { count } from '../option.ts';

export const coordinate: Construct = {
  name: 'coordinate',
  doc: 'Tries the candidates for one element after the other and keeps the best.',
  source: '-',
  given: '[candidates]',
  options: { rounds: field('how often each element has its turn', count(1)) },
  example: 'coordinate([0, 0.5, 1], rounds: 2)',
};
