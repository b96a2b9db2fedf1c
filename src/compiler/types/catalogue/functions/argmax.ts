import { by, overAny, where, type FunctionSignature } from './function.ts';

export const argmax: FunctionSignature = {
  name: 'argmax',
  doc: 'Index of the largest, the first of equal ones.',
  source: '-',
  given: 'x',
  values: [1, Number.POSITIVE_INFINITY],
  options: { over: overAny, where, by },
  example: 'argmax(x, over: d)',
};
