/** How `maximize` finds its candidates, one a file. */
import type { Construct } from './construct.ts';
import { coordinate } from './searches/coordinate.ts';
import { grid } from './searches/grid.ts';
import { random } from './searches/random.ts';

export const searches = {
  grid,
  random,
  coordinate,
} as const satisfies Readonly<Record<string, Construct>>;
