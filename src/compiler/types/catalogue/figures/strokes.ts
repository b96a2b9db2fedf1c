import { field, value } from '../construct.ts';
import { every, type FigureSignature } from './figure.ts';

export const strokes: FigureSignature = {
  name: 'strokes',
  doc: 'Strokes as vector graphics.',
  source: '-',
  given: 'points',
  values: [1, 1],
  options: { pen: field('half the width of a stroke', value('number'), { unit: 'px' }), every },
  example: 'strokes(x)',
};
