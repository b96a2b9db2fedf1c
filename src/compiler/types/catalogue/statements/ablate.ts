import { type Construct } from '../construct.ts';

export const ablate: Construct = {
  name: 'ablate',
  doc: 'Rows: this file with something changed, each checked again whole and run as a variant.',
  source: '-',
  given: 'name { "row": path = value }',
  options: {},
  example: 'ablate parts { "twice": train.steps = 8 }',
};
