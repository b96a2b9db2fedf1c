import { type Construct, type Fields } from '../construct.ts';
import { beta1, beta2, biasCorrection, decay, eps, lr } from './shared.ts';

export const adam: Construct<Fields> = {
  name: 'adam',
  doc: 'Steps by the mean of gradients over the root of the mean of their squares.',
  source: 'Kingma & Ba 2015, defaults of PyTorch',
  options: { lr, beta1, beta2: beta2(0.999), eps, decay: decay(0, 'joins'), ...biasCorrection },
  example: 'adam(lr: 1e-4)',
};
