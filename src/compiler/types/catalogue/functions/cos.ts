import { along, type FunctionSignature } from './function.ts';

export const cos: FunctionSignature = {
  name: 'cos',
  doc: 'Cosine of the angle between vectors; of one value, the cosine of an angle in radians.',
  source: '-',
  given: 'a, b',
  values: [2, 2],
  options: { along },
  example: 'cos(x, y)',
};
