import { type Construct } from '../construct.ts';
import { shared } from './shared.ts';

export const linear: Construct = {
  name: 'linear',
  doc: 'A line from the rate to the floor.',
  source: '-',
  options: { ...shared },
  example: 'linear(warmup: 10 %)',
};
