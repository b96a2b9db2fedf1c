import { one, place, type LayerSignature } from './layer.ts';

export const lstm: LayerSignature = {
  name: 'lstm',
  doc: 'A recurrence with a memory; where masked the state is held.',
  source: 'Hochreiter & Schmidhuber 1997, as PyTorch has it',
  form: { kind: 'chain', inner: false },
  given: 'a -> b',
  options: {
    over: place,
  },
  values: one,
  labels: ['over'],
  example: 'lstm(clip.joint -> clip.joint)',
  called: 'm(x, over: frame)',
};
