import { field, time, type Construct } from '../construct.ts';
import { factor, shared } from './shared.ts';

export const exponential: Construct = {
  name: 'exponential',
  doc: 'The rate is multiplied by a factor again and again.',
  source: 'PyTorch, ExponentialLR and StepLR',
  options: { ...shared, factor, every: field('how often', time({ value: 1, unit: 'epoch' })) },
  example: 'exponential(factor: 0.96)',
};
