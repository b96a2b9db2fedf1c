import { over, where, type FunctionSignature } from './function.ts';

export const spearman: FunctionSignature = {
  name: 'spearman',
  doc: 'Rank correlation.',
  source: 'Spearman 1904',
  given: 'a, b',
  values: [2, 2],
  options: { over, where },
  example: 'spearman(x, y, over: d)',
};
