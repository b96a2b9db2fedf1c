import { type FunctionSignature } from './function.ts';

export const unmerge: FunctionSignature = {
  name: 'unmerge',
  doc: 'The parts of a merged axis, or of an index of one.',
  source: '-',
  given: 'x, axis',
  values: [2, 2],
  options: {},
  example: 'unmerge(merge(picture, height, width) as region, region)',
};
