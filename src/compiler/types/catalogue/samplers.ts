/** In which order samples come, one a file. */
import type { Construct } from './construct.ts';
import { balanced } from './samplers/balanced.ts';
import { perClass } from './samplers/per-class.ts';
import { sequential } from './samplers/sequential.ts';
import { shuffle } from './samplers/shuffle.ts';

export const samplers = {
  shuffle,
  sequential,
  balanced,
  per_class: perClass,
} as const satisfies Readonly<Record<string, Construct>>;
