/** Against a search of everything, and against the largest score of each word. */
import { describe, expect, it } from 'vitest';
import { beamSearch, type BeamSearch } from '../../../src/runtime/texts/beam-search.ts';
import { stream } from '../../../src/runtime/random.ts';

const [start, end] = [0, 1];

/** Log probabilities of a language that is drawn: of each beginning its own, the same for the same beginning. */
function language(seed: number, pieces: number): (beginning: readonly number[]) => number[] {
  return (beginning) => {
    const drawn = stream(seed, beginning.join());
    const logits = Array.from({ length: pieces }, (_, piece) => 3 * drawn.uniform(piece));
    const total = Math.log(logits.reduce((sum, logit) => sum + Math.exp(logit), 0));
    return logits.map((logit) => logit - total);
  };
}

const search = (next: (beginning: readonly number[]) => number[], more: Partial<BeamSearch>): Promise<readonly (readonly number[])[]> =>
  beamSearch({
    rows: 1, start, end, beam: 1, most: 5, penalty: 0, ...more,
    scores: (beginnings) => Promise.resolve(beginnings.flatMap(next)),
  }); // prettier-ignore

/** Every text of so many words at most, the best first. */
function everything(next: (beginning: readonly number[]) => number[], pieces: number, most: number, penalty: number): number[] {
  let best: { ids: number[]; score: number } | undefined;
  const visit = (ids: number[], sum: number): void => {
    const isOver = ids.at(-1) === end || ids.length === most;
    if (isOver && ids.length > 1) {
      const score = sum / (ids.length - 1) ** penalty;
      if (best === undefined || score > best.score) best = { ids, score };
      return;
    }
    const logs = next(ids);
    for (let piece = 0; piece < pieces; piece++) visit([...ids, piece], sum + (logs[piece] ?? 0));
  };
  visit([start], 0);
  const ids = best?.ids ?? [];
  return ids.slice(1, ids.at(-1) === end ? -1 : undefined);
} // prettier-ignore

describe('a beam of one', () => {
  it.each([1, 2, 3, 4, 5])('takes the largest score at each word (language %i)', async (seed) => {
    const next = language(seed, 6);
    const ids = [start];
    while (ids.length < 8 && ids.at(-1) !== end) {
      const logs = next(ids);
      ids.push(logs.indexOf(Math.max(...logs)));
    }
    const greedy = ids.slice(1, ids.at(-1) === end ? -1 : undefined);
    expect(await search(next, { most: 8 })).toEqual([greedy]);
  });
});

describe('a beam as wide as there are beginnings', () => {
  it.each([3, 4, 5].flatMap((pieces) => [1, 2, 3].flatMap((seed) => [0, 0.6, 1].map((penalty) => [pieces, seed, penalty] as const))))(
    'finds the best of all texts (%i pieces, language %i, penalty %d)',
    async (pieces, seed, penalty) => {
      const next = language(seed, pieces);
      const found = await search(next, { beam: pieces ** 4, most: 5, penalty });
      expect(found).toEqual([everything(next, pieces, 5, penalty)]);
    },
  ); // prettier-ignore

  it('is never worse than a narrow one', async () => {
    const value = (next: (beginning: readonly number[]) => number[], ids: readonly number[]): number =>
      [...ids, ...(ids.length < 4 ? [end] : [])].reduce((sum, id, at) => sum + (next([start, ...ids.slice(0, at)])[id] ?? 0), 0); // prettier-ignore
    for (let seed = 10; seed < 40; seed++) {
      const next = language(seed, 4);
      const [narrow = [], wide = []] = [...(await search(next, { beam: 1 })), ...(await search(next, { beam: 256 }))];
      expect(value(next, wide)).toBeGreaterThanOrEqual(value(next, narrow));
    }
  });
});

describe('a search', () => {
  it('finds the text of each row by itself', async () => {
    const languages = [1, 2, 3, 4].map((seed) => language(seed, 5));
    const together = await beamSearch({
      rows: 4, start, end, beam: 3, most: 6, penalty: 0,
      scores: (beginnings) => Promise.resolve(beginnings.flatMap((beginning, row) => languages[row]?.(beginning) ?? [])),
    }); // prettier-ignore
    const alone = await Promise.all(languages.map((next) => search(next, { beam: 3, most: 6 })));
    expect(together).toEqual(alone.flat());
  });

  it('takes the lower id of two that are as good', async () => {
    const even = (): number[] => [-10, -10, Math.log(0.5), Math.log(0.5)];
    expect(await search(even, { beam: 2, most: 4 })).toEqual([[2, 2, 2]]);
  });

  it('leaves what has ended as it is, and ends with it', async () => {
    let calls = 0;
    const next = (beginning: readonly number[]): number[] => {
      calls += 1;
      return beginning.length === 1 ? [-9, Math.log(0.6), Math.log(0.3), -9] : [-9, Math.log(0.5), Math.log(0.4), -9];
    };
    expect(await search(next, { beam: 2, most: 9 })).toEqual([[]]);
    // the first word is enough: nothing can pass 0.6
    expect(calls).toBe(1);
  });

  it('prefers longer texts where it is told to', async () => {
    // to end at once has log 0.45; to go on and end then has 0.55 · 0.75 = 0.41
    const next = (beginning: readonly number[]): number[] =>
      beginning.length === 1 ? [-9, Math.log(0.45), Math.log(0.55)] : [-9, Math.log(0.75), Math.log(0.25)];
    expect(await search(next, { beam: 3, most: 6, penalty: 0 })).toEqual([[]]);
    expect(await search(next, { beam: 3, most: 6, penalty: 1 })).toEqual([[2]]);
  });
});
