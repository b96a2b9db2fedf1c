import { by, over, type FigureSignature } from './figure.ts';

export const table: FigureSignature = {
  name: 'table',
  doc: 'Numbers by the entries of an axis.',
  source: '-',
  given: 'values …',
  values: [1, 8],
  options: { over, by },
  example: 'table(error)',
};
