import { transform } from './transform.ts';

export const window = transform({
  name: 'window',
  doc: 'A run of entries at a random place.',
  source: '-',
  domains: ['sound', 'picture', 'other'],
  parameters: [
    { name: 'size', kind: 'whole', least: 1, doc: 'entries of the run' },
    { name: 'over', kind: 'axis', named: true, doc: 'which axis, and what the run is called' },
  ],
  example: 'window(2, over: frame as moment)',
});
