import { field, type Construct } from '../construct.ts';
import { word } from '../option.ts';

export const shards: Construct = {
  name: 'shards',
  doc: 'Files of tar archives; those of one name are a sample.',
  source: '-',
  given: '"path"',

  options: {
    on_bad: field('whether a file that cannot be read ends the run or is left out', word(['error', 'skip'], 'error')),
  },
  example: 'shards("data/train-*.tar")',
};
