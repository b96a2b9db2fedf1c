import { fit, inputType } from './input-type.ts';

export const mask = inputType({
  name: 'mask',
  doc: 'A class for each pixel: a grey PNG of places in a vocabulary.',
  source: '-',
  given: 'height, width, vocabulary',
  most: 3,
  axes: 'height width',
  masked: 'what is no place in the vocabulary',
  options: { fit },
  example: 'mask(16, class)',
});
