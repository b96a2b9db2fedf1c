import { type FunctionSignature } from './function.ts';

export const exp: FunctionSignature = {
  name: 'exp',
  doc: 'e to the power of it.',
  source: '-',
  given: 'x',
  values: [1, 1],
  options: {},
  example: 'exp(x)',
};
