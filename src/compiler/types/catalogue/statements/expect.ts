import { field, value, type Construct } from '../construct.ts';

export const expect: Construct = {
  name: 'expect',
  doc: 'A claim, judged over the seeds of both sides: it holds, fails, or is unsure.',
  source: '-',
  given: 'metric < metric',
  options: {
    of: field('a row, or full', value('"row"')),
    at: field('a stage, or a point of a sweep', value('stage, or field = value')),
    within: field('how far apart is still the same', value('number, or %')),
  },
  example: 'expect gap < gap of "twice"',
};
