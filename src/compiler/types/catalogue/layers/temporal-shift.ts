import { field } from '../construct.ts';
import { number } from '../option.ts';
import { one, place, type LayerSignature } from './layer.ts';

export const temporalShift: LayerSignature = {
  name: 'temporal_shift',
  doc: 'Moves a share of the channels one place on and as many one place back.',
  source: 'Lin et al. 2019 (TSM)',
  form: { kind: 'nothing' },

  options: {
    part: field('share of the channels that go each way', number(0.125, 0, 0.5)),
    over: place,
  },
  values: one,
  labels: ['over'],
  example: 'temporal_shift(part: 1/8)',
  called: 'm(x, over: frame)',
};
