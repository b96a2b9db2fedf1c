import { type Construct } from '../construct.ts';
import { shared } from './shared.ts';

export const cosine: Construct = {
  name: 'cosine',
  doc: 'Half a wave of a cosine, from the rate to the floor.',
  source: 'Loshchilov & Hutter 2017, one cycle',
  options: { ...shared },
  example: 'cosine(warmup: 1 epoch, floor: 0.01)',
};
