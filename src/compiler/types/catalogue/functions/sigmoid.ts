import { type FunctionSignature } from './function.ts';

export const sigmoid: FunctionSignature = {
  name: 'sigmoid',
  doc: '1 / (1 + e⁻ˣ).',
  source: '-',
  given: 'x',
  values: [1, 1],
  options: {},
  example: 'sigmoid(x)',
};
