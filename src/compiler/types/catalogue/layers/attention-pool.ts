import { field } from '../construct.ts';
import { count, toggle } from '../option.ts';
import { one, type LayerSignature } from './layer.ts';

export const attentionPool: LayerSignature = {
  name: 'attention_pool',
  doc: 'One query, the mean, looks at all places of a map: from a picture to a vector.',
  source: 'Radford et al. 2021, the pooling of its ResNets',
  form: { kind: 'chain', inner: false },
  given: 'a -> b',
  options: {
    heads: field('attention heads', count(8, 1024)),
    positions: field('whether places have learned vectors', toggle(true)),
  },
  values: one,
  labels: ['over'],
  example: 'attention_pool(width -> clip.joint, heads: 8)',
  called: 'm(x)',
};
