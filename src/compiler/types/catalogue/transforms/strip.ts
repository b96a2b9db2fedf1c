import { transform } from './transform.ts';

export const strip = transform({
  name: 'strip',
  doc: 'Takes some characters away.',
  source: '-',
  domains: ['text'],
  parameters: [{ name: 'characters', kind: 'string', doc: 'which' }],
  example: 'strip(".!")',
});
