import { over, where, type FunctionSignature } from './function.ts';

export const median: FunctionSignature = {
  name: 'median',
  doc: 'The middle value, of an even number the mean of the two.',
  source: '-',
  given: 'x',
  values: [1, 1],
  options: { over, where },
  example: 'median(x, over: d)',
};
