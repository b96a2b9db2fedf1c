import { by, overAny, where, type FunctionSignature } from './function.ts';

export const max: FunctionSignature = {
  name: 'max',
  doc: 'The largest along axes; of two values, the larger one place by place.',
  source: '-',
  given: 'x, or a and b',
  values: [1, Number.POSITIVE_INFINITY],
  options: { over: overAny, where, by },
  example: 'max(x, over: d)',
};
