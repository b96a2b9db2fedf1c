import { by, overAny, where, type FunctionSignature } from './function.ts';

export const sum: FunctionSignature = {
  name: 'sum',
  doc: 'Sum; 0 of nothing.',
  source: '-',
  given: 'x',
  values: [1, Number.POSITIVE_INFINITY],
  options: { over: overAny, where, by },
  example: 'sum(x, over: d)',
};
