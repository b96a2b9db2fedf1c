import { type FunctionSignature } from './function.ts';

export const floor: FunctionSignature = {
  name: 'floor',
  doc: 'The next whole number below.',
  source: '-',
  given: 'x',
  values: [1, 1],
  options: {},
  example: 'floor(x)',
};
