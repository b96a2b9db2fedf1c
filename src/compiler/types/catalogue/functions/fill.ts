import { field, value } from '../construct.ts';
import { type FunctionSignature } from './function.ts';

export const fill: FunctionSignature = {
  name: 'fill',
  doc: 'Puts a number where nothing is; what comes has no mask.',
  source: '-',
  given: 'x, number',
  values: [2, 2],
  options: { over: field('only along this axis', value('axis')) },
  example: 'fill(film, 0)',
};
