import { type FunctionSignature } from './function.ts';

export const untile: FunctionSignature = {
  name: 'untile',
  doc: 'Tiles back to a picture; where they overlap, their mean.',
  source: '-',
  given: 'x, axis',
  values: [1, 2],
  options: {},
  example: 'untile(tiles(picture, 8, stride: 4) as tile, tile)',
};
