import { field, type Fields } from '../construct.ts';
import { count, word } from '../option.ts';

const scaling = ['own', 'imagenet', 'clip', 'none'] as const;

/** `own`: as the published weights were trained. */
export const normalize = field('which mean and deviation its pixels are brought to', word(scaling, 'own'));

/** How pixels are scaled, and whether positions follow an image of another size. */
export const pixels: Fields = {
  normalize,
  preprocess: field(
    'how its pictures are resized and made RGB: on white first, as by CLIP, or as by transformers',
    word(['own', 'white', 'clip', 'huggingface'], 'own'),
  ),
  positions: field(
    'whether its positions are resized (bicubic) to an image of another size, which is an error otherwise',
    word(['own', 'resize'], 'own'),
  ),
};

export const size = (side: number) =>
  field('height and width of the picture that it reads', count(side), { unit: 'px' });
