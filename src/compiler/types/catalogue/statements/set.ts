import { type Construct } from '../construct.ts';

export const setStatement: Construct = {
  name: 'set',
  doc: 'Changes one field of what comes from below.',
  source: '-',
  given: 'path = value',
  options: {},
  example: 'set train.batch = 32',
};
