import { type FunctionSignature } from './function.ts';

export const outer: FunctionSignature = {
  name: 'outer',
  doc: 'All products; says that two different values are meant to meet pair by pair.',
  source: '-',
  given: 'a, b',
  values: [2, 2],
  options: {},
  example: 'outer(x, x[batch as other])',
};
