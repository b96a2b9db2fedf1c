import type { Shape } from '../types/dtype.ts';

/** Axes of the two sides of a reshape that hold the same elements in the same order: equal products of extents. */
export interface ReshapeGroup {
  readonly from: readonly number[];
  readonly to: readonly number[];
}

/**
 * The finest grouping of a reshape: [2,3,4] → [6,4] is {0,1} ↔ {0}, {2} ↔ {1}. Extents of 1 pair up where they meet, and are
 * otherwise groups with an empty other side.
 */
export function reshapeGroups(from: Shape, to: Shape): ReshapeGroup[] {
  const groups: ReshapeGroup[] = [];
  let i = 0;
  let j = 0;
  while (i < from.length || j < to.length) {
    const a = from[i];
    const b = to[j];
    if (a === b) {
      groups.push({ from: [i++], to: [j++] });
    } else if (a === 1 || b === undefined) {
      groups.push({ from: [i++], to: [] });
    } else if (b === 1 || a === undefined) {
      groups.push({ from: [], to: [j++] });
    } else {
      const group = { from: [i++], to: [j++] };
      let left = a;
      let right = b;
      while (left !== right) {
        if (left < right) {
          left *= from[i] ?? 1;
          group.from.push(i++);
        } else {
          right *= to[j] ?? 1;
          group.to.push(j++);
        }
      }
      groups.push(group);
    }
  }
  return groups;
}
