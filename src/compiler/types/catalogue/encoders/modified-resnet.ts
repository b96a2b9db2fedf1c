import { field, type Construct, type Fields } from '../construct.ts';
import { count, counts } from '../option.ts';
import { pixels, size } from './image-fields.ts';

export const modifiedResnet: Construct<Fields> = {
  name: 'modified_resnet',
  doc: 'The ResNet of CLIP: three convolutions at the start, blurred strides, pooled by attention.',
  source: 'Radford et al. 2021, RN50',
  options: {
    size: size(224),
    width: field('channels after the start; a stage has up to 32 times as many', count(64)),
    blocks: field('bottleneck blocks of each stage', counts(3, 4, 6, 3)),
    heads: field('heads of the pooling attention', count(), { follows: 'width / 2' }),
    ...pixels,
  },
  example: `modified_resnet(size: 64, width: 16, blocks: [1, 1, 1, 1])`,
};
