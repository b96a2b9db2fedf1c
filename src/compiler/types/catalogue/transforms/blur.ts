import { p, picture, transform } from './transform.ts';

export const blur = transform({
  name: 'blur',
  doc: 'Blurs by a Gaussian.',
  source: '-',
  domains: picture,
  parameters: [
    { name: 'sigma', kind: 'bounds', least: 0, most: 100, unit: 'px', doc: 'deviation of the Gaussian' },
    p(1),
  ],
  example: 'blur(0.1..2.0, 50 %)',
});
