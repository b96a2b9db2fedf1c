import { type FunctionSignature } from './function.ts';

export const relu: FunctionSignature = {
  name: 'relu',
  doc: 'max(x, 0).',
  source: '-',
  given: 'x',
  values: [1, 1],
  options: {},
  example: 'relu(x)',
};
