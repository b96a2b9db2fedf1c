import { type Construct } from '../construct.ts';
import { pixels } from '../encoders/image-fields.ts';
import { partSettings, startsFrom } from './part-settings.ts';

export const encoder: Construct = {
  name: 'encoder',
  doc: 'A tower or backbone, frozen or trainable; what the braces say is of some of its tensors or of all.',
  source: '-',
  given: 'name = constructor',
  options: { from: startsFrom, ...partSettings, ...pixels },
  example: 'trainable encoder E = resnet18(width: 16) { lr: 1e-5 }',
};
