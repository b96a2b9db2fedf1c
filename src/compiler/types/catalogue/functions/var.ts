import { by, overAny, where, type FunctionSignature } from './function.ts';

export const variance: FunctionSignature = {
  name: 'var',
  doc: 'Mean squared distance from the mean.',
  source: '-',
  given: 'x',
  values: [1, Number.POSITIVE_INFINITY],
  options: { over: overAny, where, by },
  example: 'var(x, over: d)',
};
