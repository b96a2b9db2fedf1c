import { type Construct } from '../construct.ts';
import { partSettings, startsFrom } from './part-settings.ts';

export const param: Construct = {
  name: 'param',
  doc: 'A tensor of its own, frozen or trainable.',
  source: '-',
  given: 'name: [axes] = start',
  options: { from: startsFrom, ...partSettings },
  example: 'trainable param w: [d] = normal(0.02)',
};
