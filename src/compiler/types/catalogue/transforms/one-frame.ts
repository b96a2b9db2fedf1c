import { transform } from './transform.ts';

export const oneFrame = transform({
  name: 'one_frame',
  doc: 'One frame of a film, drawn in training.',
  source: '-',
  domains: ['picture', 'other'],
  parameters: [
    {
      name: 'test',
      kind: 'words',
      words: ['first', 'middle', 'last'],
      fallback: 'middle',
      named: true,
      doc: 'which one in an evaluation',
    },
  ],
  example: 'one_frame(test: middle)',
});
