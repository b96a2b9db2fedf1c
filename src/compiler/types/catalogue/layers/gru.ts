import { one, place, type LayerSignature } from './layer.ts';

export const gru: LayerSignature = {
  name: 'gru',
  doc: 'A gated recurrence; where masked the state is held.',
  source: 'Cho et al. 2014, as PyTorch has it',
  form: { kind: 'chain', inner: false },
  given: 'a -> b',
  options: {
    over: place,
  },
  values: one,
  labels: ['over'],
  example: 'gru(clip.joint -> clip.joint)',
  called: 'm(x, over: frame)',
};
