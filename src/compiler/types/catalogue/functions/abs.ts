import { type FunctionSignature } from './function.ts';

export const abs: FunctionSignature = {
  name: 'abs',
  doc: 'Size without the sign.',
  source: '-',
  given: 'x',
  values: [1, 1],
  options: {},
  example: 'abs(x)',
};
