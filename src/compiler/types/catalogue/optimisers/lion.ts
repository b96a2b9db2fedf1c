import { field, type Construct, type Fields } from '../construct.ts';
import { number } from '../option.ts';
import { decay, lr } from './shared.ts';

export const lion: Construct<Fields> = {
  name: 'lion',
  doc: 'Steps of one size by the sign of a mean of gradients.',
  source: 'Chen et al. 2023',
  options: {
    lr,
    beta1: field('share of the mean in what is stepped by', number(0.9, 0, Number.POSITIVE_INFINITY)),
    beta2: field('what the mean of gradients keeps for the next step', number(0.99, 0, Number.POSITIVE_INFINITY)),
    decay: decay(0, 'shrinks'),
  },
  example: 'lion(lr: 1e-4, decay: 0.1)',
};
