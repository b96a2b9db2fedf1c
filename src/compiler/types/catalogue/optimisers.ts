/** The optimisers, one a file. */
import type { Construct, Fields } from './construct.ts';
import { adam } from './optimisers/adam.ts';
import { adamw } from './optimisers/adamw.ts';
import { lion } from './optimisers/lion.ts';
import { rmsprop } from './optimisers/rmsprop.ts';
import { sgd } from './optimisers/sgd.ts';

export const optimisers = { sgd, adam, adamw, rmsprop, lion } as const satisfies Readonly<
  Record<string, Construct<Fields>>
>;

export type OptimiserName = keyof typeof optimisers;

export const optimiserNames = Object.keys(optimisers) as readonly OptimiserName[];
