import { fill, p, picture, transform } from './transform.ts';

export const cutout = transform({
  name: 'cutout',
  doc: 'Fills a square at a random place.',
  source: 'DeVries & Taylor 2017',
  domains: picture,
  parameters: [{ name: 'side', kind: 'share', doc: 'of the square, as a part of the picture' }, p(1), fill],
  example: 'cutout(50 %)',
});
