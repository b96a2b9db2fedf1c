import { by, overAny, where, type FunctionSignature } from './function.ts';

export const logsumexp: FunctionSignature = {
  name: 'logsumexp',
  doc: 'log Σ eˣ, without overflow.',
  source: '-',
  given: 'x',
  values: [1, Number.POSITIVE_INFINITY],
  options: { over: overAny, where, by },
  example: 'logsumexp(x, over: d)',
};
