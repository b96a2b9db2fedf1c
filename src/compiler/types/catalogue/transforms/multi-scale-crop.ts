import { picture, transform } from './transform.ts';

export const multiScaleCrop = transform({
  name: 'multi_scale_crop',
  doc: 'A part whose width and height are two of some shares that are neighbours or one, at one of thirteen places.',
  source: 'Wang et al. 2016 (TSN)',
  domains: picture,
  parameters: [{ name: 'scales', kind: 'list', doc: 'shares of the picture’s own width and height' }],
  example: 'multi_scale_crop([1, 0.875])',
});
