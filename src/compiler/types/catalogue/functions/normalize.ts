import { along, type FunctionSignature } from './function.ts';

export const normalize: FunctionSignature = {
  name: 'normalize',
  doc: 'A vector divided by its length.',
  source: '-',
  given: 'x',
  values: [1, 1],
  options: { along },
  example: 'normalize(x)',
};
