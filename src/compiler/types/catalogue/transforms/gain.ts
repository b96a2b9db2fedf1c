import { p, transform } from './transform.ts';

export const gain = transform({
  name: 'gain',
  doc: 'Makes a sound louder or softer.',
  source: '-',
  domains: ['sound'],
  parameters: [{ name: 'factor', kind: 'bounds', least: 0, most: 100, doc: 'how many times as loud' }, p(1)],
  example: 'gain(0.5..2)',
});
