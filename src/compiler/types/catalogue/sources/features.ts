import { field, type Construct } from '../construct.ts';
import { word } from '../option.ts';

export const features: Construct = {
  name: 'features',
  doc: 'Tensors that another program computed, a row a sample.',
  source: '-',
  given: '"path"',

  options: {
    on_bad: field('whether a file that cannot be read ends the run or is left out', word(['error', 'skip'], 'error')),
  },
  example: 'features("clip.safetensors")',
};
