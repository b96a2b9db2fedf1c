import { field } from '../construct.ts';
import { number } from '../option.ts';
import { over, type FunctionSignature } from './function.ts';

export const softNms: FunctionSignature = {
  name: 'soft_nms',
  doc: 'Scores after intervals that overlap better ones have lost theirs.',
  source: 'Bodla et al. 2017',
  given: 'score, begin, end',
  values: [3, 3],
  options: { over, sigma: field('width of the decay', number(0.5, 0, 1e6)) },
  example: 'soft_nms(x, x, x + 1, over: d)',
};
