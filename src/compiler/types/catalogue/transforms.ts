/** The steps of views, one a file. What each does is in `check/view-steps.ts`. */
import { blur } from './transforms/blur.ts';
import { choose } from './transforms/choose.ts';
import { crop } from './transforms/crop.ts';
import { cutout } from './transforms/cutout.ts';
import { dropWords } from './transforms/drop-words.ts';
import { erase } from './transforms/erase.ts';
import { flip } from './transforms/flip.ts';
import { gain } from './transforms/gain.ts';
import { gray } from './transforms/gray.ts';
import { identity } from './transforms/identity.ts';
import { jitter } from './transforms/jitter.ts';
import { lower } from './transforms/lower.ts';
import { maskSpans } from './transforms/mask-spans.ts';
import { maybe } from './transforms/maybe.ts';
import { multiScaleCrop } from './transforms/multi-scale-crop.ts';
import { noise } from './transforms/noise.ts';
import { oneFrame } from './transforms/one-frame.ts';
import { randAugment } from './transforms/rand-augment.ts';
import { randomCrop } from './transforms/random-crop.ts';
import { randomPerspective } from './transforms/random-perspective.ts';
import { randomResizedCrop } from './transforms/random-resized-crop.ts';
import { randomScale } from './transforms/random-scale.ts';
import { randomShift } from './transforms/random-shift.ts';
import { reverse } from './transforms/reverse.ts';
import { rotate } from './transforms/rotate.ts';
import { shuffle } from './transforms/shuffle.ts';
import { speed } from './transforms/speed.ts';
import { strip } from './transforms/strip.ts';
import { swap } from './transforms/swap.ts';
import { window } from './transforms/window.ts';
import { words } from './transforms/words.ts';
import type { Transform } from './transforms/transform.ts';

export const transforms = {
  random_resized_crop: randomResizedCrop,
  crop,
  random_crop: randomCrop,
  random_scale: randomScale,
  flip,
  jitter,
  blur,
  gray,
  rotate,
  erase,
  cutout,
  random_perspective: randomPerspective,
  multi_scale_crop: multiScaleCrop,
  rand_augment: randAugment,
  one_frame: oneFrame,
  lower,
  strip,
  words,
  drop_words: dropWords,
  swap,
  random_shift: randomShift,
  shuffle,
  reverse,
  speed,
  noise,
  gain,
  window,
  mask_spans: maskSpans,
  choose,
  maybe,
  identity,
} as const satisfies Readonly<Record<string, Transform>>;

export type TransformName = keyof typeof transforms;
