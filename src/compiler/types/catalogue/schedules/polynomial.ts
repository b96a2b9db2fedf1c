import { field, type Construct } from '../construct.ts';
import { number } from '../option.ts';
import { shared } from './shared.ts';

export const polynomial: Construct = {
  name: 'polynomial',
  doc: '(1 − progress) to a power.',
  source: 'Chen et al. 2017 (DeepLab)',
  options: {
    ...shared,
    power: field('1 is a line, 2 a parabola', number(1, 0, Number.POSITIVE_INFINITY), { source: 'PyTorch' }),
  },
  example: 'polynomial(power: 2)',
};
