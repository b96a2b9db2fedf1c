import { transform } from './transform.ts';

export const randomScale = transform({
  name: 'random_scale',
  doc: 'Makes a picture, or coordinates, larger or smaller.',
  source: '-',
  domains: ['picture', 'labels', 'points'],
  parameters: [
    { name: 'factor', kind: 'bounds', least: 0.01, most: 100, doc: 'how many times as large' },
    { name: 'per', kind: 'axis', optional: true, named: true, doc: 'each entry of this axis has a factor of its own' },
  ],
  example: 'random_scale(0.67..1.5, per: xyz)',
});
