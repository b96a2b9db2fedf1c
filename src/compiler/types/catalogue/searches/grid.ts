import { type Construct } from '../construct.ts';

export const grid: Construct = {
  name: 'grid',
  doc: 'Tries every combination of the candidates, each judged over the whole data.',
  source: '-',
  given: '[candidates]',
  options: {},
  example: 'grid([0, 0.5, 1])',
};
