import { normOptions, one, type LayerSignature } from './layer.ts';

export const layerNorm: LayerSignature = {
  name: 'layer_norm',
  doc: 'Norms each vector by its own mean and deviation.',
  source: 'Ba et al. 2016, as PyTorch has it',
  form: { kind: 'axis' },
  given: 'a?',
  options: {
    ...normOptions,
  },
  values: one,
  labels: [],
  example: 'layer_norm(clip.joint)',
  called: 'm(x)',
};
