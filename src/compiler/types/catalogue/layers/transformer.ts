import { field } from '../construct.ts';
import { toggle } from '../option.ts';
import { blockOptions, one, type LayerSignature } from './layer.ts';

export const transformer: LayerSignature = {
  name: 'transformer',
  doc: 'Blocks of self-attention and two maps.',
  source: 'Vaswani et al. 2017; pre-norm as in CLIP',
  form: { kind: 'nothing' },

  options: {
    ...blockOptions,
    causal: field('whether a place sees itself and what is before alone', toggle(false)),
  },
  values: one,
  labels: ['over', 'where'],
  example: 'transformer(layers: 4, heads: 8)',
  called: 'm(x, over: frame, where: sees)',
};
