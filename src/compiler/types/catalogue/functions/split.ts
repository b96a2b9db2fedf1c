import { field, value } from '../construct.ts';
import { type FunctionSignature } from './function.ts';

export const split: FunctionSignature = {
  name: 'split',
  doc: 'One axis as several.',
  source: '-',
  given: 'x, axis',
  values: [2, 2],
  options: {
    as: field('what the new axis is called', value('name')),
    sizes: field('of the new axes', value('list of whole numbers'), { required: true }),
  },
  example: 'split(x, d, sizes: [2, 2]) as [row, column]',
};
