import { field } from '../construct.ts';
import { count, toggle } from '../option.ts';
import { init, one, place, pytorch, type LayerSignature } from './layer.ts';

export const temporalConv: LayerSignature = {
  name: 'temporal_conv',
  doc: 'A convolution along one axis of places; what is masked counts as 0.',
  source: pytorch,
  form: { kind: 'chain', inner: false, optional: true },
  given: 'a -> b?',
  options: {
    kernel: field('places of its window', count(3)),
    dilation: field('distance within a window', count(1)),
    groups: field('parts of the channels that do not see each other', count(1)),
    bias: field('whether a number is added', toggle(true)),
    init,
    over: place,
  },
  values: one,
  labels: ['over'],
  example: 'temporal_conv(clip.joint -> clip.joint, kernel: 3)',
  called: 'm(x, over: frame)',
};
