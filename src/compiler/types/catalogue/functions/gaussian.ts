import { like, type FunctionSignature } from './function.ts';

export const gaussian: FunctionSignature = {
  name: 'gaussian',
  doc: 'Random numbers of mean 0 and deviation 1, drawn at every step.',
  source: '-',
  given: '[axes]',
  values: [0, 1],
  options: { like },
  example: 'gaussian([batch, d])',
};
