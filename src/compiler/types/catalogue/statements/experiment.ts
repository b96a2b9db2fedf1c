import { type Construct } from '../construct.ts';

export const experiment: Construct = {
  name: 'experiment',
  doc: 'What a runnable file is called; a file without one is a library or a base.',
  source: '-',
  given: 'name "title"',
  options: {},
  example: 'experiment t',
};
