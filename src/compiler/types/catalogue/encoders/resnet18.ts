import { field, type Construct, type Fields } from '../construct.ts';
import { count } from '../option.ts';
import { pictures } from './image-fields.ts';

export const resnet18: Construct<Fields> = {
  name: 'resnet18',
  doc: 'The residual network of 18 layers: two convolutions a block, [2, 2, 2, 2] blocks, mean over the last map.',
  source: 'He et al. 2016, as torchvision has it',
  options: {
    width: field('channels of the first stage; each next one has twice as many', count(64)),
    ...pictures,
  },
  example: `resnet18(width: 16)`,
};
