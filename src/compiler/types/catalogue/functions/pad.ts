import { field, value } from '../construct.ts';
import { number } from '../option.ts';
import { over, type FunctionSignature } from './function.ts';

export const pad: FunctionSignature = {
  name: 'pad',
  doc: 'Adds entries before and after.',
  source: '-',
  given: 'x',
  values: [1, 1],
  options: {
    over,
    as: field('what the new axis is called', value('name')),
    before: field('how many', number(0, 0, 1e6)),
    after: field('how many', number(0, 0, 1e6)),
    value: field('what they are', value('value')),
    edge: field('whether they repeat the first and the last', value('on')),
  },
  example: 'pad(film, over: frame as longer, before: 1, after: 1, value: 0)',
};
