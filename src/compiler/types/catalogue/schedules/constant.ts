import { type Construct } from '../construct.ts';
import { shared } from './shared.ts';

export const constant: Construct = {
  name: 'constant',
  doc: 'The rate stays as it is, after the warm-up.',
  source: '-',
  options: { ...shared },
  example: 'constant',
};
