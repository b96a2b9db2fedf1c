import { field, value } from '../construct.ts';
import { type FunctionSignature } from './function.ts';

export const tiles: FunctionSignature = {
  name: 'tiles',
  doc: 'Windows of a picture, in rows.',
  source: '-',
  given: 'x, size',
  values: [2, 2],
  options: {
    stride: field('distance between tiles', value('whole number'), { follows: 'size' }),
    as: field('what the new axis is called', value('name')),
  },
  example: 'tiles(picture, 8, stride: 4) as tile',
};
