import { transform } from './transform.ts';

export const randomShift = transform({
  name: 'random_shift',
  doc: 'Moves all points.',
  source: '-',
  domains: ['points'],
  parameters: [
    { name: 'by', kind: 'bounds', doc: 'how far' },
    { name: 'per', kind: 'axis', optional: true, named: true, doc: 'each entry of this axis moves by itself' },
  ],
  example: 'random_shift(-0.2..0.2, per: xyz)',
});
