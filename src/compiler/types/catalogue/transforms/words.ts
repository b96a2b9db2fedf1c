import { transform } from './transform.ts';

export const words = transform({
  name: 'words',
  doc: 'The first words of a text.',
  source: '-',
  domains: ['text'],
  parameters: [{ name: 'most', kind: 'whole', least: 1, doc: 'how many at most' }],
  example: 'words(20)',
});
