import { field, type Construct, type Fields } from '../construct.ts';
import { count, counts } from '../option.ts';
import { pictures, size } from './image-fields.ts';

export const residual: Construct<Fields> = {
  name: 'residual',
  doc: 'A small residual network for small pictures: a strided convolution, one basic block an entry, mean over the last map.',
  source: 'He et al. 2016; sizes of the small experiments of clipx',
  options: {
    size: size(64),
    width: field('channels after the first convolution', count(32)),
    blocks: field('channels of each block', counts(32, 64, 64, 128, 128, 256)),
    strides: field('stride of each block', counts(1, 2, 1, 2, 1, 2)),
    ...pictures,
  },
  example: `residual(size: 32, width: 16, blocks: [16, 32], strides: [1, 2])`,
};
