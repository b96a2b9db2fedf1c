import { field, value } from '../construct.ts';
import { type FunctionSignature } from './function.ts';

export const draw: FunctionSignature = {
  name: 'draw',
  doc: 'A random index of an axis, drawn at every step.',
  source: '-',
  given: 'axis',
  values: [1, 1],
  options: { for: field('one for each entry of this', value('axis, or a list')) },
  example: 'draw(d, for: batch)',
};
