import { field, type Construct } from '../construct.ts';
import { word } from '../option.ts';

export const copy: Construct = {
  name: 'copy',
  doc: 'Another part of the same sizes, axes and start; frozen copies of one origin are one tensor.',
  source: '-',
  given: 'part',
  options: { init: field('`random` draws its tensors anew', word(['random'])) },
  example: 'copy(clip.image, init: random)',
};
