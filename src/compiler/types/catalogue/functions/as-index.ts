import { type FunctionSignature } from './function.ts';

export const asIndex: FunctionSignature = {
  name: 'as_index',
  doc: 'Whole numbers, or words, as an index of an axis; what lies outside is unknown.',
  source: '-',
  given: 'x, axis',
  values: [2, 2],
  options: {},
  example: 'as_index(sum(x, over: d), class)',
};
