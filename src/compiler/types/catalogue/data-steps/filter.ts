import { type Construct } from '../construct.ts';

export const filter: Construct = {
  name: 'filter',
  doc: 'Only samples of which a condition holds.',
  source: '-',
  given: 'condition',

  options: {},
  example: 'filter(kind == "a")',
};
