import { transform } from './transform.ts';

export const shuffle = transform({
  name: 'shuffle',
  doc: 'Puts the entries of an axis in a random order.',
  source: '-',
  domains: ['points', 'other'],
  parameters: [{ name: 'over', kind: 'axis', named: true, doc: 'which axis' }],
  example: 'shuffle(over: point)',
});
