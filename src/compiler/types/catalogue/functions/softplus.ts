import { type FunctionSignature } from './function.ts';

export const softplus: FunctionSignature = {
  name: 'softplus',
  doc: 'log(1 + eˣ), without overflow.',
  source: '-',
  given: 'x',
  values: [1, 1],
  options: {},
  example: 'softplus(x)',
};
