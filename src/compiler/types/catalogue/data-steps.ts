/** The steps of data sets, one a file. */
import type { Construct } from './construct.ts';
import { except } from './data-steps/except.ts';
import { fewShot } from './data-steps/few-shot.ts';
import { filter } from './data-steps/filter.ts';
import { mark } from './data-steps/mark.ts';
import { sample } from './data-steps/sample.ts';

export const dataSteps = {
  filter,
  few_shot: fewShot,
  sample,
  except,
  mark,
} as const satisfies Readonly<Record<string, Construct>>;
