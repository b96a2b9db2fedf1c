import { field, type Construct } from '../construct.ts';
import { factor, shared } from './shared.ts';

export const multistep: Construct = {
  name: 'multistep',
  doc: 'The rate is multiplied by a factor at some times.',
  source: 'PyTorch, MultiStepLR',
  options: { ...shared, at: field('when', { kind: 'times' }, { required: true }), factor },
  example: 'multistep(at: [8 epochs, 12 epochs], factor: 0.1)',
};
