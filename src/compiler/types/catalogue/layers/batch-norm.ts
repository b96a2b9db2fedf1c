import { field } from '../construct.ts';
import { number } from '../option.ts';
import { normOptions, one, type LayerSignature } from './layer.ts';

export const batchNorm: LayerSignature = {
  name: 'batch_norm',
  doc: 'Norms each feature by mean and deviation of the batch, in an evaluation by their moving averages.',
  source: 'Ioffe & Szegedy 2015, as PyTorch has it',
  form: { kind: 'axis' },
  given: 'a?',
  options: {
    momentum: field('share of the newest batch in the moving averages', number(0.1, 0, 1)),
    ...normOptions,
  },
  values: one,
  labels: [],
  example: 'batch_norm',
  called: 'm(x)',
};
