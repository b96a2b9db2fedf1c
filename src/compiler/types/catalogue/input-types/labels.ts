import { inputType } from './input-type.ts';

export const labels = inputType({
  name: 'labels',
  doc: 'Several words of a vocabulary: words, a record, or 1, 0 and -1 for each word.',
  source: '-',
  given: 'vocabulary',
  most: 1,
  axes: 'the vocabulary',
  masked: '-1',
  options: {},
  example: 'labels(class)',
});
