import { type FunctionSignature } from './function.ts';

export const atan2: FunctionSignature = {
  name: 'atan2',
  doc: 'Angle of the direction (x, y), in radians.',
  source: '-',
  given: 'y, x',
  values: [2, 2],
  options: {},
  example: 'atan2(x, y)',
};
