import { p, transform } from './transform.ts';

export const reverse = transform({
  name: 'reverse',
  doc: 'Turns a sound, or an axis of places, about.',
  source: '-',
  domains: ['sound', 'other'],
  parameters: [
    p(0.5),
    { name: 'over', kind: 'axis', optional: true, named: true, doc: 'which axis of a computed value' },
  ],
  example: 'reverse(50 %)',
});
