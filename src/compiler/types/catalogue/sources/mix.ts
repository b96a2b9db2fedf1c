import { type Construct } from '../construct.ts';

export const mix: Construct = {
  name: 'mix',
  doc: 'Samples of other sets, drawn by shares.',
  source: '-',
  given: 'a: share, …',

  options: {},
  example: 'mix(a: 70 %, b: 30 %)',
};
