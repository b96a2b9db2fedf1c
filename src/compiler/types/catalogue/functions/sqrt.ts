import { type FunctionSignature } from './function.ts';

export const sqrt: FunctionSignature = {
  name: 'sqrt',
  doc: 'Square root.',
  source: '-',
  given: 'x',
  values: [1, 1],
  options: {},
  example: 'sqrt(max(x, 0.5))',
};
