import { field, value } from '../construct.ts';
import { padding, type FunctionSignature } from './function.ts';

export const pool: FunctionSignature = {
  name: 'pool',
  doc: 'The largest, or the mean, of each window.',
  source: '-',
  given: 'x, max or mean, size',
  values: [2, 2],
  options: { stride: field('distance between windows', value('whole number'), { follows: 'size' }), padding },
  example: 'pool(picture, max, 2)',
};
