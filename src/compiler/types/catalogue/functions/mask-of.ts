import { type FunctionSignature } from './function.ts';

export const maskOf: FunctionSignature = {
  name: 'mask_of',
  doc: 'Where a value is real, all along.',
  source: '-',
  given: 'x',
  values: [1, 1],
  options: {},
  example: 'mask_of(film)',
};
