import { field } from '../construct.ts';
import { activations, share, word } from '../option.ts';
import { one, pytorch, type LayerSignature } from './layer.ts';

export const mlp: LayerSignature = {
  name: 'mlp',
  doc: 'Linear maps in a row with an activation between.',
  source: pytorch,
  form: { kind: 'chain', inner: true },
  given: 'a -> hidden(n) -> b',
  options: {
    activation: field('between the maps', word(activations, 'relu')),
    dropout: field('share that training leaves out after an activation', share(0)),
  },
  values: one,
  labels: [],
  example: 'mlp(clip.joint -> hidden(512) -> class)',
  called: 'm(x)',
};
