import type { Construct } from '../construct.ts';
import { onBad } from './shared.ts';

export const folder: Construct = {
  name: 'folder',
  doc: 'Files of a folder; those of one name are a sample.',
  source: '-',
  given: '"path"',

  options: {
    on_bad: onBad,
  },
  example: 'folder("pictures")',
};
