import type { StartSignature } from './start.ts';

export const normal: StartSignature = {
  name: 'normal',
  doc: 'Draws of a normal distribution around 0.',
  source: '-',
  given: 'deviation',
  numbers: 1,
  options: {},
  example: 'normal(0.02)',
};
