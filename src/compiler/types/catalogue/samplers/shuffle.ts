import { type Construct } from '../construct.ts';

export const shuffle: Construct = {
  name: 'shuffle',
  doc: 'Every sample once an epoch, in a random order.',
  source: '-',

  options: {},
  example: 'shuffle',
};
