import { field, type Construct, type Fields } from '../construct.ts';
import { count } from '../option.ts';
import { pictures } from './image-fields.ts';

export const resnet34: Construct<Fields> = {
  name: 'resnet34',
  doc: 'The residual network of 34 layers: two convolutions a block, [3, 4, 6, 3] blocks, mean over the last map.',
  source: 'He et al. 2016, as torchvision has it',
  options: {
    width: field('channels of the first stage; each next one has twice as many', count(64)),
    ...pictures,
  },
  example: `resnet34(width: 16)`,
};
