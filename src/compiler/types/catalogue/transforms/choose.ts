import { anything, transform } from './transform.ts';

export const choose = transform({
  name: 'choose',
  doc: 'Some of several chains, drawn at every sample.',
  source: '-',
  domains: anything,
  parameters: [
    { name: 'count', kind: 'whole', least: 1, doc: 'how many' },
    { name: 'of', kind: 'chains', named: true, doc: 'of which' },
    { name: 'replace', kind: 'flag', fallback: false, named: true, doc: 'whether one may be drawn twice' },
  ],
  example: 'choose(1, of: [gray, flip |> blur(1..2)])',
});
