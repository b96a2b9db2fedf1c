import { like, type FunctionSignature } from './function.ts';

export const index: FunctionSignature = {
  name: 'index',
  doc: '0, 1, 2, … along an axis.',
  source: '-',
  given: 'axis',
  values: [1, 1],
  options: { like },
  example: 'index(d)',
};
