import { field, value, type Construct } from '../construct.ts';

export const fewShot: Construct = {
  name: 'few_shot',
  doc: 'So many samples of each value.',
  source: '-',
  given: 'how many',

  options: { per: field('of which column', value('column'), { required: true }) },
  example: 'few_shot(4, per: label)',
};
