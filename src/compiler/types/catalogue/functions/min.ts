import { by, overAny, where, type FunctionSignature } from './function.ts';

export const min: FunctionSignature = {
  name: 'min',
  doc: 'The smallest along axes; of two values, the smaller one place by place.',
  source: '-',
  given: 'x, or a and b',
  values: [1, Number.POSITIVE_INFINITY],
  options: { over: overAny, where, by },
  example: 'min(x, over: d)',
};
