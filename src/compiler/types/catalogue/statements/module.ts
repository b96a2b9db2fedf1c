import { type Construct } from '../construct.ts';
import { partSettings, startsFrom } from './part-settings.ts';

export const module: Construct = {
  name: 'module',
  doc: 'A head or an adapter, frozen or trainable, or what one is made of: `module name(axes) { … }`.',
  source: '-',
  given: 'name = constructor',
  options: { from: startsFrom, ...partSettings },
  example: 'trainable module m = linear(d -> d)',
};
