import { field, numbers, value } from '../construct.ts';
import { type FunctionSignature } from './function.ts';

export const averageRecall: FunctionSignature = {
  name: 'average_recall',
  doc: 'Share of intervals that are found among the first proposals.',
  source: 'ActivityNet',
  given: 'begin, end',
  values: [2, 2],
  options: {
    truth: field('begin and end of what is there', value('[begin, end]'), { required: true }),
    tiou: field('overlaps that count as found; the mean over them', numbers(0.5)),
    keep: field('proposals that count', value('whole number'), { follows: 'all' }),
  },
  example: 'average_recall(begin, end, truth: [start, stop_at], keep: 100)',
};
