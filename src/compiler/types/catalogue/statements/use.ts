import { type Construct } from '../construct.ts';

export const use: Construct = {
  name: 'use',
  doc: 'Takes fns, modules, vocabularies, prompts and axes from another file; never inputs or data.',
  source: '-',
  given: '"file" { names }',
  options: {},
  example: 'use "library/losses.clipx" { info_nce, siglip as pairs }',
};
