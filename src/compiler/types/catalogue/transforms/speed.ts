import { transform } from './transform.ts';

export const speed = transform({
  name: 'speed',
  doc: 'Plays faster or slower: at 2 every second entry is left, and behind the end nothing is.',
  source: '-',
  domains: ['sound', 'picture', 'other'],
  parameters: [
    {
      name: 'factor',
      kind: 'bounds',
      least: 0.01,
      most: 100,
      optional: true,
      doc: 'how many times as fast, drawn from a range',
    },
    { name: 'of', kind: 'list', optional: true, named: true, doc: 'or drawn from a list' },
    { name: 'over', kind: 'axis', optional: true, named: true, doc: 'which axis of a computed value' },
  ],
  example: 'speed(0.67..1.5)',
});
