import { type Construct } from '../construct.ts';

export const except: Construct = {
  name: 'except',
  doc: 'Without the samples of another set.',
  source: '-',
  given: 'set',

  options: {},
  example: 'except(b)',
};
