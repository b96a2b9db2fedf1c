import { type FunctionSignature } from './function.ts';

export const partOf: FunctionSignature = {
  name: 'part_of',
  doc: 'Which of the values of a `concat` an entry is from.',
  source: '-',
  given: 'x, axis',
  values: [2, 2],
  options: {},
  example: 'part_of(concat(film, film, along: frame as slot), slot)',
};
