import { over, where, type FunctionSignature } from './function.ts';

export const rank: FunctionSignature = {
  name: 'rank',
  doc: '1 for the largest; equal ones share the mean of their places.',
  source: '-',
  given: 'x',
  values: [1, 1],
  options: { over, where },
  example: 'rank(x, over: d)',
};
