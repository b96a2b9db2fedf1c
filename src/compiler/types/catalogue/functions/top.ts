import { field, value } from '../construct.ts';
import { over, type FunctionSignature } from './function.ts';

export const top: FunctionSignature = {
  name: 'top',
  doc: 'The k largest, largest first: values and indices.',
  source: '-',
  given: 'k, x',
  values: [2, 2],
  options: { over, as: field('what the new axis is called', value('name')) },
  example: 'let (v, i) = top(2, x, over: d as rank)',
};
