import { field, value } from '../construct.ts';
import { word } from '../option.ts';
import { fit, inputType, picks } from './input-type.ts';

export const frames = inputType({
  name: 'frames',
  doc: 'A film: an animated WebP or GIF, or a list of picture files.',
  source: '-',
  given: 'most frames',
  most: 1,
  axes: 'frame height width channel',
  masked: 'frames that a shorter film lacks',
  options: {
    size: field('height and width of a frame', value('whole number, or height x width'), {
      required: true,
      unit: 'px',
    }),
    pick: field(
      'which frames of a longer film: the middle of each of n equal parts, the first n, one of each part (drawn in training, the middle one in an evaluation), or all, which refuses longer ones',
      word(picks, picks[0]),
    ),
    fit,
  },
  example: 'frames(4, size: 16, pick: uniform)',
});
