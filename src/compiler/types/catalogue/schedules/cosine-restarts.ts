import { field, time, type Construct } from '../construct.ts';
import { number } from '../option.ts';
import { shared } from './shared.ts';

export const cosineRestarts: Construct = {
  name: 'cosine_restarts',
  doc: 'A cosine from the rate to the floor, over and over.',
  source: 'Loshchilov & Hutter 2017',
  options: {
    ...shared,
    period: field('length of the first cosine', time(), { required: true }),
    grow: field('how many times as long the next one is', number(1, 1, 1000), { source: 'PyTorch' }),
  },
  example: 'cosine_restarts(period: 10 epochs, grow: 2)',
};
