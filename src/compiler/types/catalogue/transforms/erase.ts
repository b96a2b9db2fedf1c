import { area, aspect, fill, p, picture, transform } from './transform.ts';

export const erase = transform({
  name: 'erase',
  doc: 'Fills a random rectangle.',
  source: 'Zhong et al. 2020, defaults of torchvision',
  domains: picture,
  parameters: [
    { ...area, fallback: [0.02, 0.33], doc: 'part of the picture that goes' },
    p(0.5),
    aspect(0.3, 3.3),
    { ...fill, fallback: 'random' },
  ],
  example: 'erase(0.02..0.2)',
});
