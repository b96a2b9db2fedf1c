import { field, value } from '../construct.ts';
import { type FunctionSignature } from './function.ts';

export const stack: FunctionSignature = {
  name: 'stack',
  doc: 'Values side by side along a new axis.',
  source: '-',
  given: 'a, b, …',
  values: [1, Number.POSITIVE_INFINITY],
  options: { as: field('what the new axis is called', value('name')) },
  example: 'stack(x, y) as view',
};
