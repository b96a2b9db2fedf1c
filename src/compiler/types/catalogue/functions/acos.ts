import { type FunctionSignature } from './function.ts';

export const acos: FunctionSignature = {
  name: 'acos',
  doc: 'Angle of a cosine, in radians.',
  source: '-',
  given: 'x',
  values: [1, 1],
  options: {},
  example: 'acos(clamp(x, -0.9, 0.9))',
};
