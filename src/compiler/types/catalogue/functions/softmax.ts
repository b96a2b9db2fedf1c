import { overAny, where, type FunctionSignature } from './function.ts';

export const softmax: FunctionSignature = {
  name: 'softmax',
  doc: 'eˣ / Σ eˣ; 0 of nothing.',
  source: '-',
  given: 'x',
  values: [1, 1],
  options: { over: overAny, where },
  example: 'softmax(x, over: d)',
};
