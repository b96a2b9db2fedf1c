import { type FunctionSignature } from './function.ts';

export const stop: FunctionSignature = {
  name: 'stop',
  doc: 'The value; no gradient flows through it.',
  source: '-',
  given: 'x',
  values: [1, 1],
  options: {},
  example: 'stop(x)',
};
