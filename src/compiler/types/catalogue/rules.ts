/** Values of a time in training, one a file. */
import type { Construct } from './construct.ts';
import { patience } from './rules/patience.ts';
import { ramp } from './rules/ramp.ts';

export const rules = {
  patience,
  ramp,
} as const satisfies Readonly<Record<string, Construct>>;
