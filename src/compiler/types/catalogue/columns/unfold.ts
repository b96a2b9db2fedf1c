import { type Construct } from '../construct.ts';

export const unfold: Construct = {
  name: 'unfold',
  doc: 'A sample for each entry of a list; several lists of one sample go along with each other, and what is of one sample stays together in a split.',
  source: '-',
  options: {},
  example: 'unfold "said"',
};
