import { along, type FunctionSignature } from './function.ts';

export const dot: FunctionSignature = {
  name: 'dot',
  doc: 'Sum of the products along the axis of vectors; a matrix product where the others differ.',
  source: '-',
  given: 'a, b',
  values: [2, 2],
  options: { along },
  example: 'dot(x, y)',
};
