import { field, value } from '../construct.ts';
import { over, type FunctionSignature } from './function.ts';

export const windows: FunctionSignature = {
  name: 'windows',
  doc: 'Overlapping runs of an axis.',
  source: '-',
  given: 'x',
  values: [1, 1],
  options: {
    over,
    as: field('what the new axis is called', value('name')),
    size: field('places of a run', value('whole number, or a time'), { required: true }),
    every: field('distance between runs', value('whole number, or a time'), { follows: 'size' }),
    pad: field('whether the last run may be short', value('end')),
  },
  example: 'windows(film, over: frame as [hop, tap], size: 2, every: 1)',
};
