import { field } from '../construct.ts';
import { toggle } from '../option.ts';
import { blockOptions, type LayerSignature } from './layer.ts';

export const decoder: LayerSignature = {
  name: 'decoder',
  doc: 'Blocks that look at themselves, then at another value, then through two maps.',
  source: 'Vaswani et al. 2017; pre-norm as in CLIP',
  form: { kind: 'nothing' },

  options: {
    ...blockOptions,
    causal: field('whether a place sees itself and what is before alone', toggle(true)),
  },
  values: [1, 2],
  labels: ['memory', 'over', 'where'],
  example: 'decoder(layers: 3, heads: 8)',
  called: 'm(x, memory: y)',
};
