import { type Construct } from '../construct.ts';

export const repeat: Construct = {
  name: 'repeat',
  doc: 'Fresh copies of a module in a row.',
  source: '-',
  given: 'how many, module',
  options: {},
  example: 'repeat(2, linear(d -> d))',
};
