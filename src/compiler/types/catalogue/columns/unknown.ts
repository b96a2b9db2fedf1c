import { type Construct } from '../construct.ts';

export const unknown: Construct = {
  name: 'unknown',
  doc: 'Masks the number that stands for nothing, wherever the input is read.',
  source: '-',
  options: {},
  example: '"number" unknown 255',
};
