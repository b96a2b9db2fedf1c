import { by, count, over, type FigureSignature } from './figure.ts';

export const heatmap: FigureSignature = {
  name: 'heatmap',
  doc: 'Numbers as colours, over a picture or as a table.',
  source: '-',
  given: 'values',
  values: [1, 2],
  options: { over, by, count },
  example: 'heatmap(x)',
};
