import { field } from '../construct.ts';
import { count, toggle, word } from '../option.ts';
import { one, type LayerSignature } from './layer.ts';

export const patchify: LayerSignature = {
  name: 'patchify',
  doc: 'Cuts a picture, or a film, into patches and maps each to a vector.',
  source: 'Dosovitskiy et al. 2021',
  form: { kind: 'first', option: 'over', required: false },
  given: 'over',
  options: {
    over: field('pictures, or films with `frame`', word(['2d', '3d'], '2d')),
    patch: field('side of a patch', count(16), { unit: 'px' }),
    width: field('size of the vector of a patch', count(768)),
    time: field('frames of a patch of a film', count(1), { unit: 'frames' }),
    inflate: field('how weights of pictures become those of films', word(['centre', 'mean'], 'centre'), {
      source: 'Arnab et al. 2021',
    }),
    bias: field('whether a number is added', toggle(false), { source: 'Radford et al. 2021' }),
  },
  values: one,
  labels: [],
  example: 'patchify(2d, patch: 16, width: 768)',
  called: 'm(x)',
};
