import { along, type FunctionSignature } from './function.ts';

export const angle: FunctionSignature = {
  name: 'angle',
  doc: 'Angle between vectors in radians, with a finite slope.',
  source: '-',
  given: 'a, b',
  values: [2, 2],
  options: { along },
  example: 'angle(x, y)',
};
