import { type FunctionSignature } from './function.ts';

export const log: FunctionSignature = {
  name: 'log',
  doc: 'Natural logarithm; of a possible zero it is flagged.',
  source: '-',
  given: 'x',
  values: [1, 1],
  options: {},
  example: 'log(max(x, 0.5))',
};
