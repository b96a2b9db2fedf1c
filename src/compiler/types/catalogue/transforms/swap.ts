import { p, transform } from './transform.ts';

export const swap = transform({
  name: 'swap',
  doc: 'Puts the text of another column in the place.',
  source: '-',
  domains: ['text'],
  parameters: [{ name: 'with', kind: 'column', doc: 'the other text' }, p(0.5)],
  example: 'swap(other, 10 %)',
});
