import { type Construct } from '../construct.ts';

export const sequential: Construct = {
  name: 'sequential',
  doc: 'In the order of the set.',
  source: '-',

  options: {},
  example: 'sequential',
};
