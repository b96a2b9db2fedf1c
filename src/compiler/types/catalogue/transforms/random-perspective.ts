import { fill, p, picture, transform } from './transform.ts';

export const randomPerspective = transform({
  name: 'random_perspective',
  doc: 'Views a picture from aside.',
  source: 'torchvision',
  domains: picture,
  parameters: [{ name: 'distortion', kind: 'share', doc: 'how far the corners go at most' }, p(0.5), fill],
  example: 'random_perspective(50 %)',
});
