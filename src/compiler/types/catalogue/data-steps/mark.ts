import { type Construct } from '../construct.ts';

export const mark: Construct = {
  name: 'mark',
  doc: 'What the set is for; `test` selects and trains nothing.',
  source: '-',
  given: 'train, val or test',

  options: {},
  example: 'mark(test)',
};
