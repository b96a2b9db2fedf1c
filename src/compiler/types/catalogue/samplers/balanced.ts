import { type Construct } from '../construct.ts';

export const balanced: Construct = {
  name: 'balanced',
  doc: 'Every class equally often.',
  source: '-',
  given: 'column',

  options: {},
  example: 'balanced(label)',
};
