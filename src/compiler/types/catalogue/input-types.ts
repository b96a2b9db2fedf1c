/** What an input may hold, one a file. */
import type { InputTypeSignature } from './input-types/input-type.ts';
import { audio } from './input-types/audio.ts';
import { classIndex } from './input-types/class.ts';
import { frames } from './input-types/frames.ts';
import { id } from './input-types/id.ts';
import { image } from './input-types/image.ts';
import { labels } from './input-types/labels.ts';
import { map } from './input-types/map.ts';
import { mask } from './input-types/mask.ts';
import { points } from './input-types/points.ts';
import { scalar } from './input-types/scalar.ts';
import { text } from './input-types/text.ts';
import { vector } from './input-types/vector.ts';

export const inputTypes = {
  image,
  frames,
  audio,
  points,
  text,
  vector,
  scalar,
  map,
  class: classIndex,
  labels,
  mask,
  id,
} as const satisfies Readonly<Record<string, InputTypeSignature>>;
