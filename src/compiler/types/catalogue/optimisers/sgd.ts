import { field, type Construct, type Fields } from '../construct.ts';
import { toggle } from '../option.ts';
import { decay, lr, momentum } from './shared.ts';

export const sgd: Construct<Fields> = {
  name: 'sgd',
  doc: 'Gradient descent, with momentum if it is given.',
  source: 'Sutskever et al. 2013 in the form of PyTorch',
  options: { lr, momentum, nesterov: field('looks ahead along the momentum', toggle(false)), decay: decay(0, 'joins') },
  example: 'sgd(lr: 0.1, momentum: 0.9)',
};
