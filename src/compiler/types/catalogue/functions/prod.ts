import { by, overAny, where, type FunctionSignature } from './function.ts';

export const prod: FunctionSignature = {
  name: 'prod',
  doc: 'Product; 1 of nothing.',
  source: '-',
  given: 'x',
  values: [1, Number.POSITIVE_INFINITY],
  options: { over: overAny, where, by },
  example: 'prod(x, over: d)',
};
