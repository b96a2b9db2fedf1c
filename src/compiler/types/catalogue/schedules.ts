/** The schedules of the learning rate, one a file. */
import type { Construct } from './construct.ts';
import { constant } from './schedules/constant.ts';
import { cosine } from './schedules/cosine.ts';
import { cosineRestarts } from './schedules/cosine-restarts.ts';
import { exponential } from './schedules/exponential.ts';
import { linear } from './schedules/linear.ts';
import { multistep } from './schedules/multistep.ts';
import { oneCycle } from './schedules/one-cycle.ts';
import { polynomial } from './schedules/polynomial.ts';

export const schedules = {
  constant, cosine, linear, polynomial, multistep, exponential, one_cycle: oneCycle, cosine_restarts: cosineRestarts,
} as const satisfies Readonly<Record<string, Construct>>; // prettier-ignore

export type ScheduleName = keyof typeof schedules;

export const scheduleNames = Object.keys(schedules) as readonly ScheduleName[];
