import { anything, transform } from './transform.ts';

export const identity = transform({
  name: 'identity',
  doc: 'What comes, as it is.',
  source: '-',
  domains: anything,
  parameters: [],
  example: 'identity',
});
