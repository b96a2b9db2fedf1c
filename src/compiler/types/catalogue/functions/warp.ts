import { type FunctionSignature } from './function.ts';

export const warp: FunctionSignature = {
  name: 'warp',
  doc: 'A picture at given places, linearly between pixels; outside it is 0.',
  source: '-',
  given: 'x, rows, columns',
  values: [3, 3],
  options: {},
  example: 'warp(picture, index(height, like: picture) + 0.5, index(width, like: picture) + 0.5)',
};
