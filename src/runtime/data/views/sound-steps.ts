import { unreachable } from '../../../compiler/common/invariant.ts';
import type { SoundStep } from '../../../compiler/program/view.ts';
import { resampled } from '../audio-column.ts';
import type { Dice } from './dice.ts';

/** One sound in all its ears: as many real samples in each. */
export type Ears = readonly Float32Array[];

export interface SoundSite {
  readonly dice: Dice;
  /** Uniform on [0, 1), another number for each place. */
  readonly noise: (at: number) => number;
  /** Samples a second. */
  readonly rate: number;
  /** In an evaluation a window is the middle one. */
  readonly still: boolean;
}

/** The same draw in every ear. */
export function doSoundStep(ears: Ears, step: SoundStep, site: SoundSite): Ears {
  const { dice, noise, rate, still } = site;
  switch (step.kind) {
    case 'sound_reverse':
      return dice.happens(step.chance) ? ears.map((ear) => ear.slice().reverse()) : ears;
    case 'sound_speed': {
      const factor = dice.between(step.factor);
      return factor === 1 ? ears : ears.map((ear) => resampled(ear, factor, 1));
    }
    case 'sound_gain': {
      if (!dice.happens(step.chance)) return ears;
      const factor = dice.between(step.factor);
      return ears.map((ear) => ear.map((value) => Math.max(-1, Math.min(1, value * factor))));
    }
    case 'sound_noise': {
      if (!dice.happens(step.chance)) return ears;
      const decibels = dice.between(step.snr);
      return ears.map((ear, place) => {
        const deviation = Math.sqrt(meanSquare(ear)) / 10 ** (decibels / 20);
        return ear.map((value, at) => {
          // Box & Muller: two uniform numbers give a normal one
          const from = 2 * (place * ear.length + at);
          const normal = Math.sqrt(-2 * Math.log(1 - noise(from))) * Math.cos(2 * Math.PI * noise(from + 1));
          return Math.max(-1, Math.min(1, value + deviation * normal));
        });
      });
    }
    case 'sound_window': {
      const size = Math.round(step.seconds * rate);
      const length = ears[0]?.length ?? 0;
      if (length <= size) return step.pad === undefined || length === 0 ? ears : ears.map((ear) => padded(ear, size, step.pad === 'edge')); // prettier-ignore
      const spare = length - size;
      const cut = (start: number): Ears => ears.map((ear) => ear.subarray(start, start + size));
      if (still) return cut(Math.floor(spare / 2));
      let window = cut(dice.whole(spare + 1));
      for (let attempt = 1; attempt < 10 && deviation(window) < (step.leastDeviation ?? 0) * deviation(ears); attempt++)
        window = cut(dice.whole(spare + 1));
      return window;
    }
    default:
      return unreachable(step);
  }
}

/** The rest is the last sample again, or silence. */
function padded(ear: Float32Array, size: number, edge: boolean): Float32Array {
  const out = new Float32Array(size).fill(edge ? (ear.at(-1) ?? 0) : 0);
  out.set(ear);
  return out;
}

const meanSquare = (ear: Float32Array): number =>
  ear.reduce((sum, value) => sum + value * value, 0) / Math.max(1, ear.length);

function deviation(ears: Ears): number {
  const [ear] = ears;
  if (ear === undefined) return 0;
  const mean = ear.reduce((sum, value) => sum + value, 0) / Math.max(1, ear.length);
  return Math.sqrt(Math.max(0, meanSquare(ear) - mean * mean));
}
