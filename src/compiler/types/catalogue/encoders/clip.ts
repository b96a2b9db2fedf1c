import { field, type Construct, type Fields } from '../construct.ts';
import { count, tower } from '../option.ts';
import { imageTowers, textTowers } from './towers.ts';

export const clip: Construct<Fields> = {
  name: 'clip',
  doc: 'An image tower and a text tower that share a space, and the scale of their cosines.',
  source: 'Radford et al. 2021, ViT-B/32',
  options: {
    joint: field('size of the space of both towers', count(512)),
    image: field('the tower of pictures', tower(...imageTowers), { follows: 'vit' }),
    text: field('the tower of words', tower(...textTowers), { follows: 'text_transformer' }),
  },
  example: `clip(joint: 32, image: vit(size: 32, patch: 8, width: 64, layers: 2), text: text_transformer(width: 64, layers: 2))`,
};
