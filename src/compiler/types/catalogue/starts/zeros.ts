import type { StartSignature } from './start.ts';

export const zeros: StartSignature = {
  name: 'zeros',
  doc: '0 everywhere.',
  source: '-',
  numbers: 0,
  options: {},
  example: 'zeros',
};
