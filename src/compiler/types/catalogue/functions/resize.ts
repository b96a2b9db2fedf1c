import { field, value } from '../construct.ts';
import { word } from '../option.ts';
import { like, type FunctionSignature } from './function.ts';

/** How new pixels come about, and what each word means. */
export const resizeMethods = {
  nearest: 'nearest',
  linear: 'linear',
  bilinear: 'linear',
  cubic: 'cubic',
  bicubic: 'cubic',
} as const;

/** Of numbers, and of whole numbers, which are never mixed. */
export const usualMethod = { f32: 'linear', whole: 'nearest' } as const;

/** The first one is the default. */
export const cornerWords = ['half', 'aligned'] as const;

export const resize: FunctionSignature = {
  name: 'resize',
  doc: 'A picture at another size; pixel centres lie half a pixel in.',
  source: '-',
  given: 'x',
  values: [1, 1],
  options: {
    like,
    size: field('height and width', value('whole number, or [height, width]')),
    scale: field('factor of both', value('number')),
    method: field('how new pixels come about', word(Object.keys(resizeMethods)), {
      follows: `${usualMethod.f32}, of whole numbers ${usualMethod.whole}`,
    }),
    corners: field('whether the corners stay where they are', word(cornerWords, cornerWords[0])),
  },
  example: 'resize(picture, size: [8, 8])',
};
