import { like, type FunctionSignature } from './function.ts';

export const uniform: FunctionSignature = {
  name: 'uniform',
  doc: 'Random numbers from 0 to 1, drawn at every step.',
  source: '-',
  given: '[axes]',
  values: [0, 1],
  options: { like },
  example: 'uniform([batch, d])',
};
