import type { Duration, Schedule, WeightSpec } from '../compiler/program/program.ts';

/** A duration in optimiser steps, whole, at least 0. */
export function durationInSteps(duration: Duration, stepsPerEpoch: number): number {
  return Math.round(duration.unit === 'epoch' ? duration.value * stepsPerEpoch : duration.value);
}

/**
 * Factor of the learning rate in step `step` (0-based) of `steps`. Warm-up rises linearly and reaches 1 in its last step, as open_clip does;
 * then cosine (SGDR, Loshchilov & Hutter 2017, one cycle) or linear decay to `floor` over the rest, or 1.
 */
export function rateAt(schedule: Schedule, step: number, steps: number, stepsPerEpoch: number): number {
  const warmup = durationInSteps(schedule.warmup, stepsPerEpoch);
  if (step < warmup) return (step + 1) / warmup;
  const progress = steps > warmup ? (step - warmup) / (steps - warmup) : 0;
  const { floor } = schedule;
  switch (schedule.kind) {
    case 'constant':
      return 1;
    case 'cosine':
      return floor + ((1 - floor) * (1 + Math.cos(Math.PI * progress))) / 2;
    case 'linear':
      return floor + (1 - floor) * (1 - progress);
  }
}

/** Value of a coefficient in step `step` (0-based); a ramp reaches its end when `over` has passed and stays there. */
export function weightAt(weight: WeightSpec, step: number, stepsPerEpoch: number): number {
  if (weight.kind === 'constant') return weight.value;
  const over = durationInSteps(weight.over, stepsPerEpoch);
  const progress = over === 0 ? 1 : Math.min(1, step / over);
  return weight.from + (weight.to - weight.from) * progress;
}
