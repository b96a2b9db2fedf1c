import type { Construct } from '../construct.ts';
import { onBad } from './shared.ts';

export const features: Construct = {
  name: 'features',
  doc: 'Tensors that another program computed, a row a sample.',
  source: '-',
  given: '"path"',

  options: {
    on_bad: onBad,
  },
  example: 'features("clip.safetensors")',
};
