import { field, value } from '../construct.ts';
import { type FunctionSignature } from './function.ts';

export const concat: FunctionSignature = {
  name: 'concat',
  doc: 'Values one behind the other along an axis.',
  source: '-',
  given: 'a, b, …',
  values: [1, Number.POSITIVE_INFINITY],
  options: {
    along: field('which axis; a value without it is one entry', value('axis, or a list of one each')),
    as: field('what the new axis is called', value('name')),
  },
  example: 'concat(film, film, along: frame as slot)',
};
