import { field } from '../construct.ts';
import { count } from '../option.ts';
import { init, one, place, type LayerSignature } from './layer.ts';

export const positions: LayerSignature = {
  name: 'positions',
  doc: 'Adds a learned vector for each place.',
  source: 'Radford et al. 2021',
  form: { kind: 'nothing' },

  options: {
    max: field('places of the table', count(77, 100_000)),
    init,
    over: place,
  },
  values: one,
  labels: ['over'],
  example: 'positions(max: 77)',
  called: 'm(x, over: token)',
};
