import { field, type Construct } from '../construct.ts';
import { word, path } from '../option.ts';

export const idx: Construct = {
  name: 'idx',
  doc: 'The files of MNIST and its kin.',
  source: 'LeCun et al. 1998',
  given: '"path"',

  options: {
    labels: field('the file of the labels', path()),
    on_bad: field('whether a file that cannot be read ends the run or is left out', word(['error', 'skip'], 'error')),
  },
  example: 'idx("t10k-images.gz", labels: "t10k-labels.gz")',
};
