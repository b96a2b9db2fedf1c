import { type Construct } from '../construct.ts';

export const seeds: Construct = {
  name: 'seeds',
  doc: 'From which numbers all draws of a run come; each is a run.',
  source: '-',
  given: 'range or list',
  options: {},
  example: 'seeds 1..3',
};
