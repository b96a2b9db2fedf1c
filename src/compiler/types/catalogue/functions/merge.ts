import { field, value } from '../construct.ts';
import { type FunctionSignature } from './function.ts';

export const merge: FunctionSignature = {
  name: 'merge',
  doc: 'Several axes as one, the last one fastest.',
  source: '-',
  given: 'x, axes …',
  values: [3, Number.POSITIVE_INFINITY],
  options: { as: field('what the new axis is called', value('name')) },
  example: 'merge(picture, height, width) as region',
};
