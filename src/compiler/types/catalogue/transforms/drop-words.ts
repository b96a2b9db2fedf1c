import { p, transform } from './transform.ts';

export const dropWords = transform({
  name: 'drop_words',
  doc: 'Leaves words out, never all.',
  source: '-',
  domains: ['text'],
  parameters: [{ ...p(0.1), doc: 'how often a word goes' }],
  example: 'drop_words(5 %)',
});
