import { attentionOptions, type LayerSignature } from './layer.ts';

export const crossAttention: LayerSignature = {
  name: 'cross_attention',
  doc: 'Attention of places to those of another value.',
  source: 'Vaswani et al. 2017, as PyTorch has it',
  form: { kind: 'axis' },
  given: 'a?',
  options: {
    ...attentionOptions,
  },
  values: [1, 2],
  labels: ['memory', 'over', 'where'],
  example: 'cross_attention(clip.joint, heads: 8)',
  called: 'm(x, memory: y)',
};
