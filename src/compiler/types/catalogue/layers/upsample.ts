import { field } from '../construct.ts';
import { count, word } from '../option.ts';
import { one, pytorch, type LayerSignature } from './layer.ts';

export const upsample: LayerSignature = {
  name: 'upsample',
  doc: 'Makes a map larger.',
  source: pytorch,
  form: { kind: 'first', option: 'by', required: true },
  given: 'by',
  options: {
    by: field('how many times as high and wide', count(2, 64), { required: true }),
    method: field('how new pixels come about', word(['linear', 'nearest'], 'linear')),
  },
  values: one,
  labels: [],
  example: 'upsample(2)',
  called: 'm(x)',
};
