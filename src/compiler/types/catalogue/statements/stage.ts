import { field, value, type Construct } from '../construct.ts';

export const stage: Construct = {
  name: 'stage',
  doc: 'A body of statements of its own, after others: its minimize, train and evaluate.',
  source: '-',
  given: 'name { statements }',
  options: { after: field('which stages it goes on from', value('stages'), { follows: 'the stages before' }) },
  example: 'stage s { minimize L  train { steps: 1  optimizer: sgd(lr: 1) } }',
};
