import { picture, transform } from './transform.ts';

export const randAugment = transform({
  name: 'rand_augment',
  doc: 'Some operations of a fixed list, at one strength.',
  source: 'Cubuk et al. 2020',
  domains: picture,
  parameters: [
    { name: 'count', kind: 'whole', least: 1, doc: 'how many' },
    { name: 'strength', kind: 'number', least: 0, most: 30, doc: 'of 30' },
  ],
  example: 'rand_augment(2, 9)',
});
