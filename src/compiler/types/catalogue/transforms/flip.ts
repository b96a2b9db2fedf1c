import { p, picture, transform } from './transform.ts';

export const flip = transform({
  name: 'flip',
  doc: 'Mirrors a picture.',
  source: '-',
  domains: picture,
  parameters: [
    p(0.5),
    {
      name: 'along',
      kind: 'words',
      words: ['width', 'height'],
      fallback: 'width',
      named: true,
      doc: 'which side changes with which',
    },
  ],
  example: 'flip(50 %, along: width)',
});
