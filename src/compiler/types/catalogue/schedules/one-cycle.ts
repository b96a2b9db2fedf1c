import { field, type Construct } from '../construct.ts';
import { number, toggle, word } from '../option.ts';
import { shared } from './shared.ts';

// It begins with a warm-up of its own.
const { by } = shared;

export const oneCycle: Construct = {
  name: 'one_cycle',
  doc: 'From a small rate up to the whole one and down to almost nothing.',
  source: 'Smith & Topin 2018, defaults of PyTorch',
  options: {
    from: field('the rate with which the cycle begins', number(1 / 25, 0, 1), { unit: 'of the rate' }),
    floor: field('what is left at the end', number(undefined, 0, 1), { unit: 'of the rate', follows: 'from / 10000' }),
    rise: field('which part of the steps the rate rises', number(0.3, 0, 1)),
    shape: field('of both ways', word(['cosine', 'linear'], 'cosine')),
    three_phase: field('down to where it began as fast as up, then on to the floor', toggle(false)),
    by,
  },
  example: 'one_cycle(rise: 30 %)',
};
