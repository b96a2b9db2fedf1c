import { type FunctionSignature } from './function.ts';

export const sin: FunctionSignature = {
  name: 'sin',
  doc: 'Sine of an angle in radians.',
  source: '-',
  given: 'x',
  values: [1, 1],
  options: {},
  example: 'sin(x)',
};
