import { type FunctionSignature } from './function.ts';

export const oneHot: FunctionSignature = {
  name: 'one_hot',
  doc: '1 at the index, 0 elsewhere.',
  source: '-',
  given: 'index',
  values: [1, 1],
  options: {},
  example: 'one_hot(label)',
};
