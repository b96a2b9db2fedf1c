import { by, overAny, where, type FunctionSignature } from './function.ts';

export const any: FunctionSignature = {
  name: 'any',
  doc: 'Whether one is true.',
  source: '-',
  given: 'x',
  values: [1, Number.POSITIVE_INFINITY],
  options: { over: overAny, where, by },
  example: 'any(x > 0, over: d)',
};
