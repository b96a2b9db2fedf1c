import { type FunctionSignature } from './function.ts';

export const tanh: FunctionSignature = {
  name: 'tanh',
  doc: 'Hyperbolic tangent.',
  source: '-',
  given: 'x',
  values: [1, 1],
  options: {},
  example: 'tanh(x)',
};
