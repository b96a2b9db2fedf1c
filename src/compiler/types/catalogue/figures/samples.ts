import { by, count, type FigureSignature } from './figure.ts';

export const samples: FigureSignature = {
  name: 'samples',
  doc: 'Samples beside what is computed of them.',
  source: '-',
  given: 'values …',
  values: [1, 8],
  samples: 8,
  options: { count: count(8), by },
  example: 'samples(x)',
};
