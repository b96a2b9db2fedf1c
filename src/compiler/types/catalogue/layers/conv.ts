import { field } from '../construct.ts';
import { count, extent, toggle } from '../option.ts';
import { init, one, pytorch, type LayerSignature } from './layer.ts';

export const conv: LayerSignature = {
  name: 'conv',
  doc: 'A convolution over height and width, padded so that ⌈pixels / stride⌉ are left.',
  source: pytorch,
  form: { kind: 'channels' },
  given: 'channels',
  options: {
    kernel: field('height and width of its window', extent([3, 3]), { unit: 'px' }),
    stride: field('distance between windows', extent([1, 1]), { unit: 'px' }),
    dilation: field('distance within a window', count(1), { unit: 'px' }),
    groups: field('parts of the channels that do not see each other', count(1)),
    bias: field('whether a number is added', toggle(true)),
    init,
  },
  values: one,
  labels: [],
  example: 'conv(64, kernel: 3)',
  called: 'm(x)',
};
