import { area, picture, transform } from './transform.ts';

export const crop = transform({
  name: 'crop',
  doc: 'A window of random size and place at the proportions of the picture.',
  source: '-',
  domains: picture,
  parameters: [area],
  example: 'crop(0.8..1.0)',
});
