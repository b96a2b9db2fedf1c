import { overAny, where, type FunctionSignature } from './function.ts';

export const logSoftmax: FunctionSignature = {
  name: 'log_softmax',
  doc: 'x − log Σ eˣ.',
  source: '-',
  given: 'x',
  values: [1, 1],
  options: { over: overAny, where },
  example: 'log_softmax(x, over: d)',
};
