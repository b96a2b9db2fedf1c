import { field, value } from '../construct.ts';
import { over, type FunctionSignature } from './function.ts';

export const shift: FunctionSignature = {
  name: 'shift',
  doc: 'Moves values along an axis.',
  source: '-',
  given: 'x',
  values: [1, 1],
  options: {
    by: field('how many places', value('whole number'), { required: true }),
    over,
    fill: field('what comes in at the end', value('value'), { follows: 'unknown' }),
  },
  example: 'shift(x, by: 1, over: d, fill: 0)',
};
