import { field, value } from '../construct.ts';
import { by, type FigureSignature } from './figure.ts';

export const scatter: FigureSignature = {
  name: 'scatter',
  doc: 'One value of each sample against another.',
  source: '-',
  given: 'x, y',
  values: [2, 2],
  samples: 2000,
  options: {
    by,
    colour: field('colours the points', value('column')),
    label: field('stands at the points', value('column')),
  },
  example: 'scatter(a, b)',
};
