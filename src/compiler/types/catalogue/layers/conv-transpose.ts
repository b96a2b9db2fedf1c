import { field } from '../construct.ts';
import { extent, toggle } from '../option.ts';
import { init, one, pytorch, type LayerSignature } from './layer.ts';

export const convTranspose: LayerSignature = {
  name: 'conv_transpose',
  doc: 'The transpose of a convolution: maps grow by the stride.',
  source: pytorch,
  form: { kind: 'channels' },
  given: 'channels',
  options: {
    kernel: field('height and width of its window', extent([2, 2]), { unit: 'px' }),
    stride: field('by how much a map grows', extent([2, 2])),
    bias: field('whether a number is added', toggle(true)),
    init,
  },
  values: one,
  labels: [],
  example: 'conv_transpose(64, kernel: 2, stride: 2)',
  called: 'm(x)',
};
