import { over, type FunctionSignature } from './function.ts';

export const shuffle: FunctionSignature = {
  name: 'shuffle',
  doc: 'In a random order, drawn at every step.',
  source: '-',
  given: 'x',
  values: [1, 1],
  options: { over },
  example: 'shuffle(x, over: d)',
};
