/** How a param, or a tensor of a layer, starts, one a file. */
import type { StartSignature } from './starts/start.ts';
import { constant } from './starts/constant.ts';
import { image } from './starts/image.ts';
import { normal } from './starts/normal.ts';
import { ones } from './starts/ones.ts';
import { run } from './starts/run.ts';
import { uniform } from './starts/uniform.ts';
import { words } from './starts/words.ts';
import { zeros } from './starts/zeros.ts';

export const starts = {
  normal,
  uniform,
  constant,
  zeros,
  ones,
  words,
  image,
  run,
} as const satisfies Readonly<Record<string, StartSignature>>;
