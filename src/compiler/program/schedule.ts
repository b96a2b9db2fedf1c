/** What changes with the steps of a stage: learning rates and weights. */
import type { ScheduleName } from '../types/catalogue/schedules.ts';

export type WeightSpec = { readonly kind: 'constant'; readonly value: number; readonly name?: string } | Ramp;

/** From one number to another over a time, and then constant. */
export interface Ramp {
  readonly kind: 'ramp';
  readonly name: string;
  readonly from: number;
  readonly to: number;
  readonly over: Duration;
}

export interface Duration {
  readonly value: number;
  readonly unit: 'epoch' | 'step';
}

export interface Schedule {
  readonly kind: ScheduleName;
  /** A share is one of all steps. */
  readonly warmup: Duration | { readonly value: number; readonly unit: 'share' };
  /** Fraction of the base rate with which the warm-up, or the cycle, begins; a warm-up rises from nothing where it is absent. */
  readonly from?: number;
  /** Fraction of the base rate at the end. */
  readonly floor: number;
  /** `multistep`: after each of these times the rate is multiplied by `factor`. */
  readonly at?: readonly Duration[];
  /** `multistep` and `exponential`. */
  readonly factor?: number;
  /** `exponential`: how often, an epoch where absent. */
  readonly every?: Duration;
  /** `polynomial`: (1 − progress) to this power. */
  readonly power?: number;
  /** `one_cycle`: share of the steps in which the rate rises. */
  readonly rise?: number;
  /** `one_cycle`: a line each way instead of half a cosine. */
  readonly shape?: 'linear';
  /** `one_cycle`: down to where it began as fast as up, and then on to the floor. */
  readonly phases?: 3;
  /** `cosine_restarts`: length of the first cosine, and how many times as long the next one is. */
  readonly period?: Duration;
  readonly grow?: number;
  /** The rate changes with the epoch, not with the step. */
  readonly by?: 'epoch';
}
