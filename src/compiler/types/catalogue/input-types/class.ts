import { inputType } from './input-type.ts';

export const classIndex = inputType({
  name: 'class',
  doc: 'A word of a vocabulary, or its place in it.',
  source: '-',
  given: 'vocabulary',
  most: 1,
  words: { open: 'a word outside of the vocabulary is unknown, no error' },
  axes: '',
  masked: 'with open: words outside of it',
  options: {},
  example: 'class(class)',
});
