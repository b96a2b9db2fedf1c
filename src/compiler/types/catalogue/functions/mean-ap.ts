import { field, numbers, value } from '../construct.ts';
import { type FunctionSignature } from './function.ts';

export const meanAp: FunctionSignature = {
  name: 'mean_ap',
  doc: 'Mean average precision of intervals over classes and overlaps.',
  source: 'ActivityNet',
  given: 'score, begin, end',
  values: [3, 3],
  options: {
    truth: field('begin, end and label of what is there', value('[begin, end, label]'), { required: true }),
    tiou: field('overlaps that count as found; the mean over them', numbers(0.5)),
  },
  example: 'mean_ap(score, begin, end, truth: [start, stop_at, kinds])',
};
