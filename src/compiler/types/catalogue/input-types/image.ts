import { fit, inputType } from './input-type.ts';

export const image = inputType({
  name: 'image',
  doc: 'A picture file, such as PNG, JPEG, WebP or SVG, on white where it is transparent; RGB from 0 to 1.',
  source: '-',
  given: 'height, width',
  most: 2,
  axes: 'height width channel',
  options: { fit },
  example: 'image(64)',
});
