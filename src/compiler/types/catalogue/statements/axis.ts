import { field, type Construct } from '../construct.ts';
import { word } from '../option.ts';

export const axis: Construct = {
  name: 'axis',
  doc: 'A named axis: its size, its kind, and what its entries are called.',
  source: '-',
  given: 'name: kind = size',
  options: {
    kind: field(
      'samples and classes, places, or numbers of a vector',
      word(['item', 'position', 'feature'], 'feature'),
    ),
  },
  example: 'axis sign: item = [pos, neg]',
};
