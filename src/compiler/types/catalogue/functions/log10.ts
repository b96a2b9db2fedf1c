import { type FunctionSignature } from './function.ts';

export const log10: FunctionSignature = {
  name: 'log10',
  doc: 'Logarithm to the base of ten.',
  source: '-',
  given: 'x',
  values: [1, 1],
  options: {},
  example: 'log10(max(x, 0.5))',
};
