import { field } from '../construct.ts';
import { axis, share } from '../option.ts';
import { one, type LayerSignature } from './layer.ts';

export const dropout: LayerSignature = {
  name: 'dropout',
  doc: 'Leaves values out in training steps and scales up the others.',
  source: 'Srivastava et al. 2014',
  form: { kind: 'first', option: 'share', required: true },
  given: 'share',
  options: {
    share: field('probability of leaving out', share(0.1), { required: true, source: 'Vaswani et al. 2017' }),
    along: field('an axis of which whole slices are left out', axis, { follows: 'single values' }),
  },
  values: one,
  labels: [],
  example: 'dropout(0.1)',
  called: 'm(x)',
};
