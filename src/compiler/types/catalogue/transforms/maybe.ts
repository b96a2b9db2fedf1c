import { anything, transform } from './transform.ts';

export const maybe = transform({
  name: 'maybe',
  doc: 'A chain that is done now and then.',
  source: '-',
  domains: anything,
  parameters: [
    { name: 'p', kind: 'share', doc: 'how often' },
    { name: 'do', kind: 'chain', doc: 'what' },
  ],
  example: 'maybe(30 %, blur(0.1..2.0))',
});
