/** Soft-NMS and the mean average precision of intervals, against walks over detections one by one, and numbers worked out by hand. */
import { describe, expect, it } from 'vitest';
import { entries, faults, numbers, valueOf, type Equations } from '../../support/equations.ts';

type Interval = readonly [begin: number, end: number];

interface Detection {
  readonly sample: number;
  readonly score: number;
  readonly interval: Interval;
}

interface Truth {
  readonly sample: number;
  readonly kind: number;
  readonly interval: Interval;
}

const at = (values: readonly number[], index: number): number => values[index] ?? Number.NaN;
const range = (count: number): number[] => Array.from({ length: count }, (_, index) => index);

function overlap([b1, e1]: Interval, [b2, e2]: Interval): number {
  const common = Math.max(0, Math.min(e1, e2) - Math.max(b1, b2));
  return common / (e1 - b1 + e2 - b2 - common);
}

/** Bodla et al., 2017, figure 2, with the Gaussian. */
function softNms(scores: readonly number[], intervals: readonly Interval[], sigma: number): number[] {
  const left = range(scores.length);
  const value = [...scores];
  while (left.length > 0) {
    const best = left.reduce((a, b) => (at(value, b) > at(value, a) ? b : a));
    left.splice(left.indexOf(best), 1);
    for (const other of left) {
      const shared = overlap(intervals[best] ?? [0, 1], intervals[other] ?? [0, 1]);
      value[other] = at(value, other) * Math.exp((-shared * shared) / sigma);
    }
  }
  return value;
}

/** ActivityNet's evaluation: detections by score, each takes the free truth it overlaps most. */
function averagePrecision(detections: readonly Detection[], truths: readonly Truth[], threshold: number): number {
  const taken = new Set<Truth>();
  const hits = detections
    .toSorted((a, b) => b.score - a.score)
    .map(({ sample, interval }) => {
      const free = truths.filter((truth) => truth.sample === sample && !taken.has(truth));
      const near = free.filter((truth) => overlap(interval, truth.interval) >= threshold);
      const best = near.toSorted((a, b) => overlap(interval, b.interval) - overlap(interval, a.interval))[0];
      if (best !== undefined) taken.add(best);
      return best !== undefined;
    });
  const precision = hits.map((_, rank) => hits.slice(0, rank + 1).filter(Boolean).length / (rank + 1));
  // at every recall the best precision at it or a higher one
  const area = hits.reduce((sum, hit, rank) => sum + (hit ? Math.max(...precision.slice(rank)) : 0), 0);
  return area / truths.length;
}

/** Numbers in 0..1 without a pattern. */
const chaos = (index: number, seed: number): number => {
  const x = Math.sin(12.9898 * (index + 1) + 78.233 * seed) * 43758.5453;
  return x - Math.floor(x);
};

const close = (found: readonly number[], expected: readonly number[]): void => {
  expect(found).toHaveLength(expected.length);
  for (const [index, value] of expected.entries()) expect(at(found, index)).toBeCloseTo(value, 6);
};

describe('soft-NMS', () => {
  const intervals: readonly Interval[] = [[0, 4], [1, 5], [10, 12], [0, 4.5], [11, 12]]; // prettier-ignore
  const given = (scores: readonly number[]): Equations => ({
    given: {
      s: numbers({ p: 5 }, scores),
      b: numbers({ p: 5 }, intervals.map(([begin]) => begin)),
      e: numbers({ p: 5 }, intervals.map(([, end]) => end)),
      there: numbers({ p: 5 }, [1, 0, 1, 1, 1]),
    },
  }); // prettier-ignore

  it('lowers what the better ones overlap', () => {
    const scores = [0.9, 0.8, 0.5, 0.7, 0.6];
    close(entries(valueOf(given(scores), 'soft_nms(s, b, e, over: p, sigma: 0.5)'), 'p'), softNms(scores, intervals, 0.5));
    // [0, 4] and [1, 5] share 3 of 5, [10, 12] and [11, 12] 1 of 2
    const found = entries(valueOf(given(scores), 'soft_nms(s, b, e, over: p, sigma: 0.5)'), 'p');
    expect(at(found, 0)).toBe(0.9);
    expect(at(found, 2)).toBeCloseTo(0.5 * Math.exp(-0.25 / 0.5), 12);
  }); // prettier-ignore

  it('goes through each row by itself, also where scores are equal', () => {
    const rows = range(4).map((row) => range(5).map((place) => Math.round(6 * chaos(place, row)) / 6));
    const set = given([0, 0, 0, 0, 0]);
    const found = valueOf({ ...set, given: { ...set.given, r: numbers({ kind: 4, p: 5 }, rows.flat()) } }, 'soft_nms(r, b, e, over: p, sigma: 0.3)'); // prettier-ignore
    close(
      entries(found, 'kind', 'p'),
      rows.flatMap((row) => softNms(row, intervals, 0.3)),
    );
  });

  it('leaves out what is not real', () => {
    const scores = [0.5, 0.9, 0.4, 0.45, 0.3];
    const found = entries(valueOf(given(scores), 'fill(soft_nms(only(s, there > 0), b, e, over: p), 0)'), 'p');
    const real = [0, 2, 3, 4];
    const expected = softNms(real.map((index) => at(scores, index)), real.map((index) => intervals[index] ?? [0, 1]), 0.5); // prettier-ignore
    close(real.map((index) => at(found, index)), expected); // prettier-ignore
  });

  it('needs intervals of what it scores', () => {
    const set: Equations = { given: { s: numbers({ p: 2, k: 2 }, [1, 2, 3, 4]), b: numbers({ p: 2 }, [0, 1]), w: numbers({ k: 2, l: 2 }, [0, 1, 2, 3]) } }; // prettier-ignore
    expect(faults(set, 'soft_nms(s, b, w, over: p)')).toEqual(['CX3003: an interval of `p`, as the scores have them']);
  });
});

describe('the mean average precision of intervals', () => {
  it('is the area under the best precision at every recall', () => {
    // by score: right, wrong, right, wrong (its truth is taken); 2 of 3 are found: (1 + 2/3) / 3
    const set: Equations = {
      declare: 'vocabulary kind { all: ["on"] }',
      given: {
        s: numbers({ n: 1, p: 4 }, [0.9, 0.8, 0.7, 0.6]),
        b: numbers({ n: 1, p: 4 }, [0, 20, 10, 10.5]),
        e: numbers({ n: 1, p: 4 }, [2, 21, 12, 12]),
        t0: numbers({ n: 1, g: 3 }, [0, 10, 30]),
        t1: numbers({ n: 1, g: 3 }, [2, 12, 33]),
        zero: numbers({ kind: 1 }, [0]),
        none: numbers({ n: 1, g: 3 }, [0, 0, 0]),
      },
      declared: ['kind'],
    };
    const call = 'mean_ap(s + zero, b, e, truth: [t0, t1, as_index(round(none), kind)], tiou: [0.5])';
    close(entries(valueOf(set, call)), [(1 + 2 / 3) / 3]);
  });

  it('agrees with a walk over detections, for many samples, classes and thresholds', () => {
    for (const seed of [1, 2, 3]) {
      const [n, p, g, kinds] = [3, 9, 4, 3] as const;
      const scores = range(n * p * kinds).map((index) => chaos(index, seed));
      const begins = range(n * p).map((index) => 10 * chaos(index, seed + 10));
      const ends = begins.map((begin, index) => begin + 0.5 + 4 * chaos(index, seed + 20));
      const from = range(n * g).map((index) => 10 * chaos(index, seed + 30));
      const to = from.map((begin, index) => begin + 0.5 + 4 * chaos(index, seed + 40));
      // the last class never occurs
      const labels = range(n * g).map((index) => Math.floor(2 * chaos(index, seed + 50)));
      const there = range(n * g).map((index) => Number(chaos(index, seed + 60) < 0.8));
      const seen = range(n * p).map((index) => Number(chaos(index, seed + 70) < 0.9));
      const set: Equations = {
        declare: 'vocabulary kind { all: ["run", "jump", "never"] }',
        given: {
          s: numbers({ n, p, kind: kinds }, scores),
          b: numbers({ n, p }, begins),
          e: numbers({ n, p }, ends),
          t0: numbers({ n, g }, from),
          t1: numbers({ n, g }, to),
          label: numbers({ n, g }, labels),
          there: numbers({ n, g }, there),
          shown: numbers({ n, p }, seen),
        },
        declared: ['kind'],
        lets: 'let first = only(t0, there > 0)\nlet kinds = as_index(round(label), kind)',
      };
      const thresholds = [0.1, 0.3, 0.5];
      const found = valueOf(set, `mean_ap(only(s, shown > 0), b, e, truth: [first, t1, kinds], tiou: [${thresholds.join(', ')}])`); // prettier-ignore
      const truths = range(n * g)
        .filter((index) => there[index] === 1)
        .map((index): Truth => ({ sample: Math.floor(index / g), kind: at(labels, index), interval: [at(from, index), at(to, index)] })); // prettier-ignore
      const occurring = range(kinds).filter((kind) => truths.some((truth) => truth.kind === kind));
      const means = thresholds.map((threshold) => {
        const areas = occurring.map((kind) => {
          const detections = range(n * p)
            .filter((index) => seen[index] === 1)
            .map((index): Detection => ({ sample: Math.floor(index / p), score: at(scores, index * kinds + kind), interval: [at(begins, index), at(ends, index)] })); // prettier-ignore
          return averagePrecision(detections, truths.filter((truth) => truth.kind === kind), threshold); // prettier-ignore
        });
        return areas.reduce((sum, area) => sum + area, 0) / areas.length;
      });
      close(entries(found), [means.reduce((sum, mean) => sum + mean, 0) / means.length]);
    }
  });

  it('needs scores of the classes that the truth has', () => {
    const set: Equations = {
      declare: 'vocabulary kind { all: ["run", "jump"] }',
      given: { s: numbers({ p: 2 }, [1, 2]), b: numbers({ p: 2 }, [0, 1]), t0: numbers({ g: 2 }, [0, 1]), label: numbers({ g: 2 }, [0, 1]) },
    }; // prettier-ignore
    const told = ['CX3003: `mean_ap` needs a score of each class that the truth may have'];
    expect(faults(set, 'mean_ap(s, b, b, truth: [t0, t0, as_index(round(label), kind)])')).toEqual(told);
    expect(faults(set, 'mean_ap(s, b, b, truth: [t0, t0, label])')).toEqual(told);
  });
});
