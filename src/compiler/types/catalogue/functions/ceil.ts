import { type FunctionSignature } from './function.ts';

export const ceil: FunctionSignature = {
  name: 'ceil',
  doc: 'The next whole number above.',
  source: '-',
  given: 'x',
  values: [1, 1],
  options: {},
  example: 'ceil(x)',
};
