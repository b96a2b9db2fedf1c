import { field, value } from '../construct.ts';
import { like, type FunctionSignature } from './function.ts';

export const resize: FunctionSignature = {
  name: 'resize',
  doc: 'A picture at another size; pixel centres lie half a pixel in.',
  source: '-',
  given: 'x',
  values: [1, 1],
  options: {
    like,
    size: field('height and width', value('whole number, or [height, width]')),
    scale: field('factor of both', value('number')),
    method: field('how new pixels come about', value('nearest | linear | bilinear | cubic | bicubic'), {
      follows: 'linear, of whole numbers nearest',
    }),
    corners: field('whether the corners stay where they are', value('half | aligned', 'half')),
  },
  example: 'resize(picture, size: [8, 8])',
};
