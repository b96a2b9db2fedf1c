/** What a column of a data set may be beside the path of a field, one a file. */
import type { Construct } from './construct.ts';
import { draw } from './columns/draw.ts';
import { template } from './columns/template.ts';
import { unfold } from './columns/unfold.ts';
import { unknown } from './columns/unknown.ts';

export const columns = {
  draw,
  unfold,
  unknown,
  template,
} as const satisfies Readonly<Record<string, Construct>>;
