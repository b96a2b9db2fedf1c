import { by, overAny, where, type FunctionSignature } from './function.ts';

export const argmin: FunctionSignature = {
  name: 'argmin',
  doc: 'Index of the smallest, the first of equal ones.',
  source: '-',
  given: 'x',
  values: [1, Number.POSITIVE_INFINITY],
  options: { over: overAny, where, by },
  example: 'argmin(x, over: d)',
};
