import { type FunctionSignature } from './function.ts';

export const clamp: FunctionSignature = {
  name: 'clamp',
  doc: 'Into an interval.',
  source: '-',
  given: 'x, low, high',
  values: [3, 3],
  options: {},
  example: 'clamp(x, 0, 1)',
};
