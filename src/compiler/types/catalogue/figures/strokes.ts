import { field, time } from '../construct.ts';
import { number } from '../option.ts';
import { type FigureSignature } from './figure.ts';

export const strokes: FigureSignature = {
  name: 'strokes',
  doc: 'Strokes as vector graphics.',
  source: '-',
  given: 'points',
  values: [1, 1],
  samples: 4,
  options: {
    pen: field('width of a stroke, in hundredths of the picture', number(1.5, 0, 100)),
    every: field(
      'shows how they came about: once every so many steps, a hundred times at most, besides the end',
      time(),
    ),
  },
  example: 'strokes(x)',
};
