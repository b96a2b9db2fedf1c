import type { Bounds } from '../../../compiler/program/view.ts';
import type { RandomStream } from '../../random.ts';

/** Numbers that one sample may draw in one epoch: more than any chain needs. */
const stretch = 4096;

/** The draws of one view of one sample in one epoch, one after the other. Columns that share a stream and a counter see the same. */
export class Dice {
  readonly #stream: RandomStream;
  readonly #start: number;
  #next = 0;

  /** `counter`: another one for each sample, epoch and view. */
  constructor(stream: RandomStream, counter: number) {
    this.#stream = stream;
    this.#start = counter * stretch;
  }

  /** Uniform on [0, 1). */
  uniform(): number {
    const value = this.#stream.uniform(this.#start + this.#next);
    this.#next = (this.#next + 1) % stretch;
    return value;
  }

  /** Whether something of this chance happens. What is certain draws nothing. */
  happens(chance: number): boolean {
    if (chance <= 0 || chance >= 1) return chance >= 1;
    return this.uniform() < chance;
  }

  between([low, high]: Bounds): number {
    return low === high ? low : low + (high - low) * this.uniform();
  }

  /** Uniform in the logarithm, as ratios are drawn. */
  ratio([low, high]: Bounds): number {
    return low === high ? low : low * (high / low) ** this.uniform();
  }

  /** 0 .. bound − 1 */
  whole(bound: number): number {
    return Math.min(bound - 1, Math.floor(this.uniform() * bound));
  }

  /** An order of 0 .. n − 1 (Fisher & Yates). */
  order(n: number): number[] {
    const order = Array.from({ length: n }, (_, position) => position);
    for (let position = n - 1; position > 0; position--) {
      const other = this.whole(position + 1);
      const moved = order[position] ?? 0;
      order[position] = order[other] ?? 0;
      order[other] = moved;
    }
    return order;
  }
}
