import { over, type FunctionSignature } from './function.ts';

export const reverse: FunctionSignature = {
  name: 'reverse',
  doc: 'Turns an axis about; padding stays last.',
  source: '-',
  given: 'x',
  values: [1, 1],
  options: { over },
  example: 'reverse(x, over: d)',
};
