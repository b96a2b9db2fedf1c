import { type FunctionSignature } from './function.ts';

export const redraw: FunctionSignature = {
  name: 'redraw',
  doc: 'The value again, with draws of its own.',
  source: '-',
  given: 'x',
  values: [1, 1],
  options: {},
  example: 'redraw(uniform([batch, d]))',
};
