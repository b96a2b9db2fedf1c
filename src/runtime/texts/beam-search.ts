import { invariant } from '../../compiler/common/invariant.ts';

export interface BeamSearch {
  /** Texts that are found together, each by itself. */
  readonly rows: number;
  readonly start: number;
  readonly end: number;
  readonly beam: number;
  /** Words of a text at most, its marks among them. */
  readonly most: number;
  /** A sum of log probabilities is judged over the number of words to this power. */
  readonly penalty: number;
  /** Log probabilities of every piece behind these beginnings, which are of one length: [rows × pieces], row-major. */
  readonly scores: (beginnings: readonly (readonly number[])[]) => Promise<ArrayLike<number>>;
}

interface Beginning {
  /** With the mark of the begin. */
  readonly ids: readonly number[];
  readonly sum: number;
  readonly done: boolean;
}

/**
 * The likeliest text of each row, without its marks: at every word the `beam` best beginnings are kept, and one that has ended stands as it
 * is. Ties go to the earlier beginning and the lower id, so that one answer is right. A search ends where no beginning can pass the best
 * that has ended.
 */
export async function beamSearch(search: BeamSearch): Promise<readonly (readonly number[])[]> {
  const { rows, start, end, beam, most, penalty, scores } = search;
  const judged = ({ ids, sum }: Beginning): number => sum / Math.max(ids.length - 1, 1) ** penalty;
  // a sum only falls, and what it is divided by is bound by the most words there may be
  const bound = (beginning: Beginning): number => Math.max(judged(beginning), beginning.sum / Math.max(most - 1, 1) ** penalty); // prettier-ignore
  const found = Array.from({ length: rows }, (): readonly Beginning[] => [{ ids: [start], sum: 0, done: false }]);
  const isOver = (beginnings: readonly Beginning[]): boolean => {
    const ended = beginnings.filter(({ done }) => done).map(judged);
    const best = Math.max(Number.NEGATIVE_INFINITY, ...ended);
    return beginnings.every((beginning) => beginning.done || bound(beginning) <= best);
  };
  for (let length = 1; length < most && !found.every(isOver); length++) {
    const candidates = found.map((): Beginning[] => []);
    const slots = Math.max(...found.map((beginnings) => beginnings.length));
    for (let slot = 0; slot < slots; slot++) {
      const open = found.map((beginnings) => beginnings[slot]);
      open.forEach((beginning, row) => {
        if (beginning?.done === true) candidates[row]?.push(beginning);
      });
      if (open.every((beginning) => beginning === undefined || beginning.done)) continue;
      // every row takes part in a call; what stands in for one that has ended is not read
      const stand = Array.from({ length }, () => start);
      const logs = await scores(open.map((beginning) => (beginning === undefined || beginning.done ? stand : beginning.ids))); // prettier-ignore
      const pieces = logs.length / rows;
      open.forEach((beginning, row) => {
        if (beginning === undefined || beginning.done) return;
        for (const piece of largest(logs, row * pieces, pieces, beam)) {
          const sum = beginning.sum + (logs[row * pieces + piece] ?? Number.NaN);
          candidates[row]?.push({ ids: [...beginning.ids, piece], sum, done: piece === end });
        }
      });
    }
    candidates.forEach((beginnings, row) => {
      found[row] = best(beginnings, judged).slice(0, beam);
    });
  }
  return found.map((beginnings) => {
    // what was cut off is weighed beside what has ended
    const [first] = best(beginnings, judged);
    invariant(first, 'a search keeps a beginning');
    return first.ids.slice(1, first.done ? -1 : undefined);
  });
}

/** Best first; of equal ones the earlier. */
function best(beginnings: readonly Beginning[], judged: (beginning: Beginning) => number): readonly Beginning[] {
  return beginnings
    .map((beginning, at) => ({ beginning, at, score: judged(beginning) }))
    .sort((a, b) => b.score - a.score || a.at - b.at)
    .map(({ beginning }) => beginning);
}

/** Places of the largest numbers of a stretch, largest first; of equal ones the lower. */
function largest(numbers: ArrayLike<number>, from: number, count: number, wanted: number): readonly number[] {
  const kept: number[] = [];
  for (let place = 0; place < count; place++) {
    const value = numbers[from + place] ?? Number.NaN;
    if (Number.isNaN(value)) continue;
    const last = kept.at(-1);
    if (kept.length >= wanted && last !== undefined && value <= (numbers[from + last] ?? 0)) continue;
    let at = kept.length;
    while (at > 0 && value > (numbers[from + (kept[at - 1] ?? 0)] ?? 0)) at--;
    kept.splice(at, 0, place);
    if (kept.length > wanted) kept.pop();
  }
  return kept;
}
