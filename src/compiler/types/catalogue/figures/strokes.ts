import { field, value } from '../construct.ts';
import { every, type FigureSignature } from './figure.ts';

export const strokes: FigureSignature = {
  name: 'strokes',
  doc: 'Strokes as vector graphics.',
  source: '-',
  given: 'points',
  values: [1, 1],
  options: { pen: field('width of a stroke, in hundredths of the picture', value('number')), every },
  example: 'strokes(x)',
};
