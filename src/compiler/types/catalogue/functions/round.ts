import { type FunctionSignature } from './function.ts';

export const round: FunctionSignature = {
  name: 'round',
  doc: 'The nearest whole number, halves to the even one.',
  source: '-',
  given: 'x',
  values: [1, 1],
  options: {},
  example: 'round(x)',
};
