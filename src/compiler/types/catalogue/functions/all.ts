import { by, overAny, where, type FunctionSignature } from './function.ts';

export const all: FunctionSignature = {
  name: 'all',
  doc: 'Whether each is true.',
  source: '-',
  given: 'x',
  values: [1, Number.POSITIVE_INFINITY],
  options: { over: overAny, where, by },
  example: 'all(x > 0, over: d)',
};
