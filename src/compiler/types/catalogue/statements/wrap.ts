import { type Construct } from '../construct.ts';

export const wrap: Construct = {
  name: 'wrap',
  doc: 'Rewrites blocks of a tower: `x` is what comes, `self` the block.',
  source: '-',
  given: 'path(x) = value',
  options: {},
  example: 'wrap clip.image.blocks[0](x) = x + self(x)',
};
