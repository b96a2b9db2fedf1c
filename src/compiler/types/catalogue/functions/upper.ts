import { field, value } from '../construct.ts';
import { type FunctionSignature } from './function.ts';

export const upper: FunctionSignature = {
  name: 'upper',
  doc: 'The pairs above the diagonal, row by row.',
  source: '-',
  given: 'x, rows, columns',
  values: [3, 3],
  options: { as: field('what the new axis is called', value('name')) },
  example: 'upper(cos(x, x[batch as other]), batch, other) as pair',
};
