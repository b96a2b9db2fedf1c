import type { StartSignature } from './start.ts';

export const constant: StartSignature = {
  name: 'constant',
  doc: 'One number everywhere; a number alone says the same.',
  source: '-',
  given: 'number',
  numbers: 1,
  options: {},
  example: 'constant(0.5)',
};
