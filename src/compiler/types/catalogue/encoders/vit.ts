import { field, type Construct, type Fields } from '../construct.ts';
import { activations, count, share, word } from '../option.ts';
import { pixels, size } from './image-fields.ts';

export const vit: Construct<Fields> = {
  name: 'vit',
  doc: 'The vision transformer of CLIP: patches and a class token, pre-norm blocks, the class token projected.',
  source: 'Radford et al. 2021, ViT-B/32',
  options: {
    size: size(224),
    patch: field('side of a patch', count(32), { unit: 'px' }),
    width: field('size of a token', count(768)),
    layers: field('transformer blocks', count(12, 1000)),
    heads: field('attention heads of a block', count(), { follows: 'width / 64' }),
    activation: field(
      'between the two maps of a block; the weights of OpenAI need `quick_gelu`',
      word(activations, 'gelu'),
      { source: 'open_clip' },
    ),
    stochastic_depth: field(
      'share of samples that the branches of its last block leave out in training; of those before less, down to none',
      share(0),
      { source: 'Huang et al. 2016, as timm has it' },
    ),
    form: field(
      "`timm`: no norm before the blocks and patches with a bias, as ImageNet's towers have",
      word(['clip', 'timm'], 'clip'),
    ),
    ...pixels,
  },
  example: `vit(size: 32, patch: 8, width: 64, layers: 2)`,
};
