import { field, value, type Construct } from '../construct.ts';

export const sweep: Construct = {
  name: 'sweep',
  doc: 'A row for each value of a field, or for each combination.',
  source: '-',
  given: 'name { path: [values] }',
  options: { keep: field('which point goes on', value('max(metric) or min(metric)')) },
  example: 'sweep { train.steps: [2, 4] }',
};
