import type { StartSignature } from './start.ts';

export const uniform: StartSignature = {
  name: 'uniform',
  doc: 'Draws between two numbers.',
  source: '-',
  given: 'low, high',
  numbers: 2,
  options: {},
  example: 'uniform(-1, 1)',
};
