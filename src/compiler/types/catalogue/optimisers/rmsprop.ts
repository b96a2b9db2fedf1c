import { type Construct, type Fields } from '../construct.ts';
import { beta2, decay, eps, lr, momentum } from './shared.ts';

export const rmsprop: Construct<Fields> = {
  name: 'rmsprop',
  doc: 'Steps by the gradient over the root of the mean of its squares.',
  source: 'Tieleman & Hinton 2012, defaults of PyTorch',
  options: { lr, alpha: beta2(0.99), eps, momentum, decay: decay(0, 'joins') },
  example: 'rmsprop(lr: 1e-3)',
};
