import { type FunctionSignature } from './function.ts';

export const erf: FunctionSignature = {
  name: 'erf',
  doc: 'The error function.',
  source: '-',
  given: 'x',
  values: [1, 1],
  options: {},
  example: 'erf(x)',
};
