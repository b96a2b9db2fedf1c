import type { Construct } from '../construct.ts';
import { onBad } from './shared.ts';

export const shards: Construct = {
  name: 'shards',
  doc: 'Files of tar archives; those of one name are a sample.',
  source: '-',
  given: '"path"',

  options: {
    on_bad: onBad,
  },
  example: 'shards("data/train-*.tar")',
};
