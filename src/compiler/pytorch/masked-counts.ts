/** How many elements masks leave to terms and metrics: an entry of which nothing is left has no value, and that is said. */
import type { Typed } from '../check/typed.ts';
import { takenIn } from '../elaborate/taken-in.ts';
import type { LossTerm } from '../program/stage.ts';

export interface MaskedCount {
  /** As the program calls it. */
  readonly name: string;
  /** The term or metric. */
  readonly of: string;
  /** The number for each entry of it, or for all of some of its axes. */
  readonly left: Typed;
  /** The term or metric itself, for its axes. */
  readonly value: Typed;
}

interface Named {
  readonly name: string;
  readonly typed: Typed;
}

/** Those that the program asks for: of a term or metric, what its table has. */
export function maskedCounts(all: readonly Named[], table: readonly Pick<LossTerm, 'name' | 'counted'>[]): readonly MaskedCount[] {
  return all.flatMap(({ name: of, typed: value }) => {
    const counted = table.find(({ name }) => name === of)?.counted ?? [];
    return takenIn(value).flatMap(({ left }, at): MaskedCount[] => {
      const name = counted[at]?.left;
      return left === undefined || name === undefined ? [] : [{ name, of, left, value }];
    });
  });
} // prettier-ignore
