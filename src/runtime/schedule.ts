import type { Duration, Schedule, WeightSpec } from '../compiler/program/schedule.ts';

/** A duration in optimiser steps, whole, at least 0. */
export function durationInSteps(duration: Duration, stepsPerEpoch: number): number {
  return Math.round(duration.unit === 'epoch' ? duration.value * stepsPerEpoch : duration.value);
}

/**
 * Factor of the learning rate in step `step` (0-based) of `steps`. Warm-up rises linearly and reaches 1 in its last step, as open_clip does;
 * then cosine (SGDR, Loshchilov & Hutter 2017, once or with restarts), linear or polynomial decay to `floor` over the rest, a factor at each of
 * some times or again and again, one cycle up and down, or 1. With `by: epoch` all steps of an epoch have the rate of its first.
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
      return wave(1, floor, progress);
    case 'linear':
      return floor + (1 - floor) * (1 - progress);
    case 'polynomial':
      return floor + (1 - floor) * (1 - progress) ** (schedule.power ?? 1);
    case 'exponential': {
      const every = schedule.every === undefined ? stepsPerEpoch : Math.max(1, durationInSteps(schedule.every, stepsPerEpoch)); // prettier-ignore
      return Math.max(floor, factor ** Math.floor((now - warmup) / every));
    }
    case 'one_cycle':
      return cycleAt(schedule, now, steps);
    case 'cosine_restarts': {
      // Loshchilov & Hutter 2017, equation 5: T_cur of T_i since the last restart
      let [start, length] = [0, Math.max(1, schedule.period === undefined ? 1 : durationInSteps(schedule.period, stepsPerEpoch))]; // prettier-ignore
      while (now - warmup >= start + length) {
        start += length;
        length *= schedule.grow ?? 1;
      }
      return wave(1, floor, (now - warmup - start) / length);
    }
    case 'multistep': {
      const passed = (schedule.at ?? []).filter((time) => durationInSteps(time, stepsPerEpoch) <= now).length;
      return Math.max(floor, factor ** passed);
    }
  }
}

/** Half a cosine from one number to another. */
const wave = (from: number, to: number, progress: number): number =>
  to + ((from - to) * (1 + Math.cos(Math.PI * progress))) / 2;

/**
 * Smith & Topin 2018, as PyTorch's OneCycleLR counts: up from `from` to 1 until `rise` of the steps less one, then down to `floor` at the
 * last step; with three phases down to `from` as fast, and then on to `floor`.
 */
function cycleAt({ from = 0, floor, rise = 0, shape, phases }: Schedule, step: number, steps: number): number {
  const corners = [
    { end: rise * steps - 1, value: 1 },
    ...(phases === 3 ? [{ end: 2 * rise * steps - 2, value: from }] : []),
    { end: steps - 1, value: floor },
  ];
  let [start, before] = [0, from];
  for (const { end, value } of corners) {
    if (step <= end || value === floor) {
      const progress = end > start ? Math.min(1, (step - start) / (end - start)) : 1;
      return shape === 'linear' ? before + (value - before) * progress : wave(before, value, progress);
    }
    [start, before] = [end, value];
  }
  return floor;
}

/** Value of a coefficient in step `step` (0-based); a ramp reaches its end when `over` has passed and stays there. */
export function weightAt(weight: WeightSpec, step: number, stepsPerEpoch: number): number {
  if (weight.kind === 'constant') return weight.value;
  const over = durationInSteps(weight.over, stepsPerEpoch);
  const progress = over === 0 ? 1 : Math.min(1, step / over);
  return weight.from + (weight.to - weight.from) * progress;
}
