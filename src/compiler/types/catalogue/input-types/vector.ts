import { inputType } from './input-type.ts';

export const vector = inputType({
  name: 'vector',
  doc: 'Numbers along an axis of the file.',
  source: '-',
  given: 'axis',
  most: 1,
  axes: 'the axis',
  options: {},
  example: 'vector(d)',
});
