import { type Construct } from '../construct.ts';

export const remove: Construct = {
  name: 'remove',
  doc: 'Drops by name what comes from below; who still reads it is listed.',
  source: '-',
  given: 'names',
  options: {},
  example: 'remove L',
};
