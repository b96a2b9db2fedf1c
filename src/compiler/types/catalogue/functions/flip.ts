import { over, type FunctionSignature } from './function.ts';

export const flip: FunctionSignature = {
  name: 'flip',
  doc: 'Mirrors along an axis.',
  source: '-',
  given: 'x',
  values: [1, 1],
  options: { over },
  example: 'flip(picture, over: width)',
};
