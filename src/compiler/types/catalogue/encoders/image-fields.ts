import { field, type Fields } from '../construct.ts';
import { interpolations, preprocessings } from '../../model-config.ts';
import { count, number, word } from '../option.ts';

const scaling = ['own', 'imagenet', 'clip', 'half', 'none'] as const;

/** `own`: as the published weights were trained. */
export const normalize = field('which mean and deviation its pixels are brought to', word(scaling, 'own'));

/** How its pictures come to be pixels of its size. */
export const pictures: Fields = {
  normalize,
  preprocess: field(
    'how its pictures are resized and made RGB: on white first, as by CLIP, as by transformers, or as by torchvision for ImageNet',
    word(['own', ...preprocessings], 'own'),
  ),
  crop: field(
    'share of each side that is left of a resized picture once its middle is cut out',
    number(undefined, 0.05, 1),
    { follows: 'all, of torchvision 87.5 %' },
  ),
  interpolation: field(
    'how pixels are mixed when its pictures are resized, antialiased as in Pillow',
    word(interpolations),
    {
      follows: 'bicubic, of torchvision bilinear',
    },
  ),
};

/** How pixels are scaled, and whether positions follow an image of another size. */
export const pixels: Fields = {
  ...pictures,
  positions: field(
    'whether its positions are resized (bicubic) to an image of another size, which is an error otherwise',
    word(['own', 'resize'], 'own'),
  ),
};

export const size = (side: number) =>
  field('height and width of the picture that it reads', count(side), { unit: 'px' });
