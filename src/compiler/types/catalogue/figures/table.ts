import { by, over, type FigureSignature } from './figure.ts';

export const table: FigureSignature = {
  name: 'table',
  doc: 'A row for each entry of an axis, or for each sample, and a column for each value.',
  source: '-',
  given: 'values …',
  values: [1, 8],
  samples: 20,
  options: { over: over('the axis that has a row for each entry'), by },
  example: 'table(error)',
};
