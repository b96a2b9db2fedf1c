import type { StartSignature } from './start.ts';

export const image: StartSignature = {
  name: 'image',
  doc: 'A picture, scaled to the axes of the param, from 0 to 1.',
  source: '-',
  given: '"path"',
  options: {},
  example: 'image("x.png")',
};
