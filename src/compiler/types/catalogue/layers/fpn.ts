import { field } from '../construct.ts';
import { count } from '../option.ts';
import { init, type LayerSignature } from './layer.ts';

export const fpn: LayerSignature = {
  name: 'fpn',
  doc: 'A feature pyramid: maps of several sizes brought to one width, coarse ones added to finer ones.',
  source: 'Lin et al. 2017',
  form: { kind: 'first', option: 'channels', required: true },
  given: 'channels',
  options: {
    channels: field('width of every map', count(256), { required: true }),
    init,
  },
  values: [2, 8],
  labels: [],
  example: 'fpn(256)',
  called: 'let (p1, p2) = m(x1, x2)',
};
