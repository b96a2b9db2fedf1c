import { by, overAny, where, type FunctionSignature } from './function.ts';

export const mean: FunctionSignature = {
  name: 'mean',
  doc: 'Mean of what counts; masked where nothing does.',
  source: '-',
  given: 'x',
  values: [1, Number.POSITIVE_INFINITY],
  options: { over: overAny, where, by },
  example: 'mean(x, over: d)',
};
