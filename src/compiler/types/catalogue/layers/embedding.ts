import { init, one, pytorch, type LayerSignature } from './layer.ts';

export const embedding: LayerSignature = {
  name: 'embedding',
  doc: 'A table with a vector for each entry of an axis.',
  source: pytorch,
  form: { kind: 'chain', inner: false },
  given: 'entries -> width',
  options: {
    init,
  },
  values: one,
  labels: [],
  example: 'embedding(word -> width)',
  called: 'm(index)',
};
