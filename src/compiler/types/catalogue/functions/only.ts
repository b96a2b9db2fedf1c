import { type FunctionSignature } from './function.ts';

export const only: FunctionSignature = {
  name: 'only',
  doc: 'Takes what does not count out of a value.',
  source: '-',
  given: 'x, condition',
  values: [2, 2],
  options: {},
  example: 'only(x, x > 0)',
};
