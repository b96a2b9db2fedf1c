import type { StartSignature } from './start.ts';

export const ones: StartSignature = {
  name: 'ones',
  doc: '1 everywhere.',
  source: '-',
  numbers: 0,
  options: {},
  example: 'ones',
};
