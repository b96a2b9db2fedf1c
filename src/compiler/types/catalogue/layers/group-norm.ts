import { field } from '../construct.ts';
import { count } from '../option.ts';
import { normOptions, one, type LayerSignature } from './layer.ts';

export const groupNorm: LayerSignature = {
  name: 'group_norm',
  doc: 'Norms groups of channels of each sample by their mean and deviation.',
  source: 'Wu & He 2018, as PyTorch has it',
  form: { kind: 'first', option: 'groups', required: true },
  given: 'groups',
  options: {
    groups: field('groups of channels', count(32), { required: true }),
    ...normOptions,
  },
  values: one,
  labels: [],
  example: 'group_norm(32)',
  called: 'm(x)',
};
