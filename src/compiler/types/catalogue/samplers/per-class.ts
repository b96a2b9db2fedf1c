import { type Construct } from '../construct.ts';

export const perClass: Construct = {
  name: 'per_class',
  doc: 'Batches of so many samples of each class.',
  source: '-',
  given: 'how many, column',

  options: {},
  example: 'per_class(4, label)',
};
