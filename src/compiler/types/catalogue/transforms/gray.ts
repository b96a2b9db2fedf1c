import { p, picture, transform } from './transform.ts';

export const gray = transform({
  name: 'gray',
  doc: 'Takes the colour away.',
  source: '-',
  domains: picture,
  parameters: [p(1)],
  example: 'gray(20 %)',
});
