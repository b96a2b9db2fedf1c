import type { StartSignature } from './start.ts';

export const words: StartSignature = {
  name: 'words',
  doc: 'The vectors that the text tower has for these words, as many tokens as the axis has places.',
  source: '-',
  given: '"words"',
  options: {},
  example: 'words("a photo of a")',
};
