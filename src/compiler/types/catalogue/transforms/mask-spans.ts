import { transform } from './transform.ts';

export const maskSpans = transform({
  name: 'mask_spans',
  doc: 'Hides runs of entries.',
  source: 'Park et al. 2019 (SpecAugment)',
  domains: ['sound', 'picture', 'other'],
  parameters: [
    { name: 'over', kind: 'axes', named: true, doc: 'along which axes' },
    { name: 'starts', kind: 'share', named: true, doc: 'share of the entries at which a run begins' },
    { name: 'span', kind: 'whole', least: 1, named: true, doc: 'entries of a run' },
  ],
  example: 'mask_spans(over: [frame], starts: 5 %, span: 2)',
});
