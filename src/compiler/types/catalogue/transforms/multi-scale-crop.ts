import { picture, transform } from './transform.ts';

export const multiScaleCrop = transform({
  name: 'multi_scale_crop',
  doc: 'A window of one of some sizes at one of thirteen places.',
  source: 'Wang et al. 2016 (TSN)',
  domains: picture,
  parameters: [{ name: 'scales', kind: 'list', doc: 'sides of the window as parts of the shorter side' }],
  example: 'multi_scale_crop([1, 0.875])',
});
