import { type Construct } from '../construct.ts';

export const sample: Construct = {
  name: 'sample',
  doc: 'A random part, the same in every run.',
  source: '-',
  given: 'how many, or a share',

  options: {},
  example: 'sample(10 %)',
};
