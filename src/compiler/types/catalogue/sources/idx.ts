import { field, type Construct } from '../construct.ts';
import { path } from '../option.ts';
import { onBad } from './shared.ts';

export const idx: Construct = {
  name: 'idx',
  doc: 'The files of MNIST and its kin.',
  source: 'LeCun et al. 1998',
  given: '"path"',

  options: {
    labels: field('the file of the labels', path()),
    on_bad: onBad,
  },
  example: 'idx("t10k-images.gz", labels: "t10k-labels.gz")',
};
