import { type FunctionSignature } from './function.ts';

export const gelu: FunctionSignature = {
  name: 'gelu',
  doc: 'x Φ(x), with the exact Φ.',
  source: 'Hendrycks & Gimpel 2016',
  given: 'x',
  values: [1, 1],
  options: {},
  example: 'gelu(x)',
};
