import { fill, p, picture, transform } from './transform.ts';

export const rotate = transform({
  name: 'rotate',
  doc: 'Turns a picture about its middle.',
  source: '-',
  domains: picture,
  parameters: [{ name: 'angle', kind: 'angles', doc: 'how far, either way' }, p(1), fill],
  example: 'rotate(15 deg)',
});
