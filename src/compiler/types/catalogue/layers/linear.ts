import { field } from '../construct.ts';
import { toggle } from '../option.ts';
import { init, one, pytorch, type LayerSignature } from './layer.ts';

export const linear: LayerSignature = {
  name: 'linear',
  doc: 'A linear map from one axis to another.',
  source: pytorch,
  form: { kind: 'chain', inner: false },
  given: 'a -> b',
  options: {
    bias: field('whether a number is added', toggle(true)),
    init,
  },
  values: one,
  labels: [],
  example: 'linear(clip.joint -> class)',
  called: 'm(x)',
};
