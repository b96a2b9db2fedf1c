import type { FigureSignature } from './figure.ts';

export const curve: FigureSignature = {
  name: 'curve',
  doc: 'Metrics or losses over the steps.',
  source: '-',
  given: 'values …',
  values: [1, 8],
  samples: 0,
  options: {},
  example: 'curve(error)',
};
