import { unreachable } from '../../../compiler/common/invariant.ts';
import type { PointStep } from '../../../compiler/program/view.ts';
import type { Dice } from './dice.ts';

/** On triples of coordinates, in a new array. */
export function doPointStep(points: Float32Array, step: PointStep, dice: Dice): Float32Array {
  switch (step.kind) {
    case 'point_scale': {
      const factors = drawn(step.apart, () => dice.between(step.factor));
      return points.map((value, at) => value * (factors[at % 3] ?? 1));
    }
    case 'point_shift': {
      const shifts = drawn(step.apart, () => dice.between(step.by));
      return points.map((value, at) => value + (shifts[at % 3] ?? 0));
    }
    case 'point_order': {
      const order = dice.order(points.length / 3);
      return points.map((_, at) => points[(order[Math.floor(at / 3)] ?? 0) * 3 + (at % 3)] ?? 0);
    }
    default:
      return unreachable(step);
  }
}

/** One draw for the three coordinates, or one each. */
function drawn(apart: boolean, draw: () => number): readonly number[] {
  if (apart) return [draw(), draw(), draw()];
  const one = draw();
  return [one, one, one];
}
