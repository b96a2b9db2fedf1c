/** Parts made of other parts, one a file. */
import type { Construct } from './construct.ts';
import { copy } from './makers/copy.ts';
import { repeat } from './makers/repeat.ts';

export const makers = {
  copy,
  repeat,
} as const satisfies Readonly<Record<string, Construct>>;
