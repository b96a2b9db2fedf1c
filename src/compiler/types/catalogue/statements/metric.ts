import { field, value, type Construct } from '../construct.ts';

export const metric: Construct = {
  name: 'metric',
  doc: 'A number of a whole set, or one for each entry of an item axis; outside of an evaluation, one made of others.',
  source: '-',
  given: 'name = value',
  options: { in: field('which unit it is reported in', value('unit')) },
  example: 'evaluate on a { metric mean_of_x = mean(x) in % }',
};
