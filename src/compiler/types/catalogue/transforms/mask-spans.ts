import { transform } from './transform.ts';

export const maskSpans = transform({
  name: 'mask_spans',
  doc: 'Sets runs of entries to 0, which may overlap.',
  source: 'Park et al. 2019 (SpecAugment)',
  domains: ['sound', 'picture', 'other'],
  parameters: [
    { name: 'over', kind: 'axes', named: true, doc: 'along which axes' },
    { name: 'starts', kind: 'share', named: true, doc: 'how likely a run begins at an entry' },
    { name: 'span', kind: 'whole', least: 1, named: true, doc: 'entries of a run' },
  ],
  example: 'mask_spans(over: [frame], starts: 5 %, span: 2)',
});
