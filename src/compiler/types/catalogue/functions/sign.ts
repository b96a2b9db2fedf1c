import { type FunctionSignature } from './function.ts';

export const sign: FunctionSignature = {
  name: 'sign',
  doc: '-1, 0 or 1.',
  source: '-',
  given: 'x',
  values: [1, 1],
  options: {},
  example: 'sign(x)',
};
