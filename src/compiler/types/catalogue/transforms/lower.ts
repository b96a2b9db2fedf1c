import { transform } from './transform.ts';

export const lower = transform({
  name: 'lower',
  doc: 'Small letters.',
  source: '-',
  domains: ['text'],
  parameters: [],
  example: 'lower',
});
