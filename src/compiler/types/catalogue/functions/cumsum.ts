import { over, type FunctionSignature } from './function.ts';

export const cumsum: FunctionSignature = {
  name: 'cumsum',
  doc: 'Running sum.',
  source: '-',
  given: 'x',
  values: [1, 1],
  options: { over },
  example: 'cumsum(x, over: d)',
};
