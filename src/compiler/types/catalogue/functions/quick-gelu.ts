import { type FunctionSignature } from './function.ts';

export const quickGelu: FunctionSignature = {
  name: 'quick_gelu',
  doc: 'x σ(1.702 x), as in the weights of OpenAI.',
  source: 'Radford et al. 2021',
  given: 'x',
  values: [1, 1],
  options: {},
  example: 'quick_gelu(x)',
};
