import { elementCount, type DType, type Shape } from '../../src/compiler/types/dtype.ts';
import type { TensorData } from '../../src/compiler/ir/tensor-data.ts';

/** Reproducible numbers for tests; a failing case prints its seed. */
export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = (seed * 2654435761 + 1013904223) >>> 0;
    for (let round = 0; round < 4; round++) this.#next();
  }

  /** mulberry32 */
  #next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = this.#state;
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return (mixed ^ (mixed >>> 14)) >>> 0;
  }

  uniform(low = 0, high = 1): number {
    return low + ((high - low) * this.#next()) / 4294967296;
  }

  /** low .. high, both included. */
  integer(low: number, high: number): number {
    return low + Math.floor(this.uniform() * (high - low + 1));
  }

  chance(probability: number): boolean {
    return this.uniform() < probability;
  }

  pick<Item>(items: readonly Item[]): Item {
    const item = items[this.integer(0, items.length - 1)];
    if (item === undefined) throw new Error('nothing to pick from');
    return item;
  }

  shuffle<Item>(items: readonly Item[]): Item[] {
    const shuffled = [...items];
    for (let last = shuffled.length - 1; last > 0; last--) {
      const other = this.integer(0, last);
      [shuffled[last], shuffled[other]] = [shuffled[other] as Item, shuffled[last] as Item];
    }
    return shuffled;
  }

  /** Extents 1 .. `largest`, 1 more often than its share. */
  shape(rank: number, largest = 4): number[] {
    return Array.from({ length: rank }, () => (this.chance(0.25) ? 1 : this.integer(1, largest)));
  }

  /** A shape that broadcasts to `shape`: some extents 1, some leading dimensions gone. */
  broadcastable(shape: Shape): number[] {
    const kept = shape.slice(this.chance(0.3) ? this.integer(0, shape.length) : 0);
    return kept.map((extent) => (this.chance(0.3) ? 1 : extent));
  }

  /** A subset of the axes of `shape`, ascending, possibly empty. */
  axes(shape: Shape): number[] {
    return shape.flatMap((_, axis) => (this.chance(0.5) ? [axis] : []));
  }

  values(shape: Shape, draw: (random: Random) => number): number[] {
    return Array.from({ length: elementCount(shape) }, () => draw(this));
  }
}

/** Draws for inputs that keep away from an op's kinks and poles. */
export const draws = {
  any: (random: Random): number => random.uniform(-1.5, 1.5),
  positive: (random: Random): number => random.uniform(0.4, 2),
  /** Away from 0. */
  signed: (random: Random): number => random.uniform(0.3, 2) * (random.chance(0.5) ? 1 : -1),
  inside: (random: Random): number => random.uniform(-0.8, 0.8),
};

/** Values all at least 0.05 apart in random order, so that no two are near a tie. */
export function spread(random: Random, shape: Shape, offset = 0): number[] {
  const count = elementCount(shape);
  return random.shuffle(
    Array.from({ length: count }, (_, rank) => (rank - Math.floor(count / 2)) * 0.1 + 0.01 + offset),
  );
}

/** A feed in double precision. */
export function feed(dtype: DType, shape: Shape, values: readonly number[]): TensorData {
  const data = dtype === 'f32' ? Float64Array.from(values) : Int32Array.from(values);
  return { dtype, shape, data: dtype === 'bool' || dtype === 'u8' ? Uint8Array.from(values) : data };
}
