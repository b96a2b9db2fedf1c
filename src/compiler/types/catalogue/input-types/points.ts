import { inputType } from './input-type.ts';

export const points = inputType({
  name: 'points',
  doc: 'A cloud of points: a NumPy file, or a list of triples in JSON or text; the first ones count.',
  source: '-',
  given: 'most points',
  most: 1,
  axes: 'point xyz',
  masked: 'where there are fewer',
  options: {},
  example: 'points(8)',
});
