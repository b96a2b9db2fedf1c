import { type FunctionSignature } from './function.ts';

export const known: FunctionSignature = {
  name: 'known',
  doc: 'Where a value is real.',
  source: '-',
  given: 'x',
  values: [1, 1],
  options: {},
  example: 'known(film)',
};
