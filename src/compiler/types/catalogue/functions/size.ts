import { like, type FunctionSignature } from './function.ts';

export const size: FunctionSignature = {
  name: 'size',
  doc: 'How many entries an axis has.',
  source: '-',
  given: 'axis',
  values: [1, 1],
  options: { like },
  example: 'size(d)',
};
