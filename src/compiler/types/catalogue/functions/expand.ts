import { field, value } from '../construct.ts';
import { like, type FunctionSignature } from './function.ts';

export const expand: FunctionSignature = {
  name: 'expand',
  doc: 'The same along another axis.',
  source: '-',
  given: 'x',
  values: [1, 1],
  options: { over: field('which axis', value('axis')), like },
  example: 'expand(x, like: x[batch as other])',
};
