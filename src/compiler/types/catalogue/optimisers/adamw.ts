import { type Construct, type Fields } from '../construct.ts';
import { beta1, beta2, biasCorrection, decay, eps, lr } from './shared.ts';

export const adamw: Construct<Fields> = {
  name: 'adamw',
  doc: 'Adam whose decay shrinks the weight itself.',
  source: 'Loshchilov & Hutter 2019, defaults of PyTorch',
  options: { lr, beta1, beta2: beta2(0.999), eps, decay: decay(0.01, 'shrinks'), ...biasCorrection },
  example: 'adamw(lr: 5e-4, beta2: 0.98, eps: 1e-6, decay: 0.2)',
};
