import { type Construct } from '../construct.ts';

export const draw: Construct = {
  name: 'draw',
  doc: 'One entry of a list, drawn anew in every epoch; the first one in an evaluation.',
  source: '-',
  options: {},
  example: 'draw("said")',
};
