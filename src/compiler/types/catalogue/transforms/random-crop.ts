import { fill, transform } from './transform.ts';

export const randomCrop = transform({
  name: 'random_crop',
  doc: 'A window of a given size at a random place, of pictures or sounds.',
  source: '-',
  domains: ['picture', 'labels', 'sound'],
  parameters: [
    { name: 'size', kind: 'size', doc: 'of the window: pixels, or a time of a sound' },
    {
      name: 'one_class',
      kind: 'share',
      optional: true,
      named: true,
      doc: 'of ten windows the first in whose mask no class has more',
    },
    {
      name: 'pad',
      kind: 'words',
      words: ['edge', 'silence'],
      optional: true,
      named: true,
      doc: 'what stands behind the end of a short sound',
    },
    {
      name: 'min_sd',
      kind: 'share',
      optional: true,
      named: true,
      doc: 'of ten windows of a sound the first that deviates by this share of the whole',
    },
    fill,
  ],
  example: 'random_crop(16)',
});
