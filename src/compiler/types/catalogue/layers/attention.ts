import { field } from '../construct.ts';
import { toggle } from '../option.ts';
import { attentionOptions, one, type LayerSignature } from './layer.ts';

export const attention: LayerSignature = {
  name: 'attention',
  doc: 'Self-attention over places.',
  source: 'Vaswani et al. 2017, as PyTorch has it',
  form: { kind: 'axis' },
  given: 'a?',
  options: {
    ...attentionOptions,
    causal: field('whether a place sees itself and what is before alone', toggle(false)),
  },
  values: one,
  labels: ['over', 'where'],
  example: 'attention(clip.joint, heads: 8)',
  called: 'm(x, over: frame, where: sees)',
};
