import type { Duration, Schedule, WeightSpec } from '../compiler/program/program.ts';

/** A duration in optimiser steps, whole, at least 0. */
export function durationInSteps(duration: Duration, stepsPerEpoch: number): number {
  return Math.round(duration.unit === 'epoch' ? duration.value * stepsPerEpoch : duration.value);
}

/**
 * Factor of the learning rate in step `step` (0-based) of `steps`. Warm-up rises linearly and reaches 1 in its last step, as open_clip does;
 * then cosine (SGDR, Loshchilov & Hutter 2017, one cycle), linear or polynomial decay to `floor` over the rest, a factor at each of some times
 * or an epoch, or 1. With `by: epoch` all steps of an epoch have the rate of its first.
 */
export function rateAt(schedule: Schedule, step: number, steps: number, stepsPerEpoch: number): number {
  const { floor, factor = 1 } = schedule;
  const now = schedule.by === 'epoch' ? Math.floor(step / stepsPerEpoch) * stepsPerEpoch : step;
  const warmup = schedule.warmup.unit === 'share' ? Math.round(schedule.warmup.value * steps) : durationInSteps(schedule.warmup, stepsPerEpoch); // prettier-ignore
  if (now < warmup) {
    if (schedule.from === undefined) return (now + 1) / warmup;
    return schedule.from + ((1 - schedule.from) * now) / warmup;
  }
  const progress = steps > warmup ? (now - warmup) / (steps - warmup) : 0;
  switch (schedule.kind) {
    case 'constant':
      return 1;
    case 'cosine':
      return floor + ((1 - floor) * (1 + Math.cos(Math.PI * progress))) / 2;
    case 'linear':
      return floor + (1 - floor) * (1 - progress);
    case 'polynomial':
      return floor + (1 - floor) * (1 - progress) ** (schedule.power ?? 1);
    case 'exponential':
      return Math.max(floor, factor ** Math.floor((now - warmup) / stepsPerEpoch));
    case 'multistep': {
      const passed = (schedule.at ?? []).filter((time) => durationInSteps(time, stepsPerEpoch) <= now).length;
      return Math.max(floor, factor ** passed);
    }
  }
}

/** Value of a coefficient in step `step` (0-based); a ramp reaches its end when `over` has passed and stays there. */
export function weightAt(weight: WeightSpec, step: number, stepsPerEpoch: number): number {
  if (weight.kind === 'constant') return weight.value;
  const over = durationInSteps(weight.over, stepsPerEpoch);
  const progress = over === 0 ? 1 : Math.min(1, step / over);
  return weight.from + (weight.to - weight.from) * progress;
}
