import { field, type Construct } from '../construct.ts';
import { word } from '../option.ts';

export const folder: Construct = {
  name: 'folder',
  doc: 'Files of a folder; those of one name are a sample.',
  source: '-',
  given: '"path"',

  options: {
    on_bad: field('whether a file that cannot be read ends the run or is left out', word(['error', 'skip'], 'error')),
  },
  example: 'folder("pictures")',
};
