import { by, count, over, type FigureSignature } from './figure.ts';

export const heatmap: FigureSignature = {
  name: 'heatmap',
  doc: 'Numbers as colours, over a picture or as a table.',
  source: '-',
  given: 'values',
  values: [1, 2],
  samples: 4,
  options: {
    over: over('the axis that is laid out as a square, or the picture that the numbers are of', 'axis, or picture'),
    by,
    count: count(4),
  },
  example: 'heatmap(x)',
};
