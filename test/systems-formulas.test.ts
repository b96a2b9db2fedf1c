/** The formulas that the systems write out themselves, against numbers worked out by hand or by plain loops. */
import { describe, expect, it } from 'vitest';
import { entries, numbers, valueOf, type Equations } from './support/equations.ts';
import { repositoryText } from './support/repository-host.ts';

/** Declarations of a library of the systems, or one fn of a file. */
const library = (name: string): string =>
  repositoryText(`test/fixtures/systems/${name}.clipx`).replace('clipx 1\n', '');
const fnOf = (name: string, fn: string): string => new RegExp(`^fn ${fn}\\([^]*?\\n\\}$`, 'm').exec(library(name))?.[0] ?? ''; // prettier-ignore

const only = (equations: Equations, equation: string): number => entries(valueOf(equations, equation))[0] ?? Number.NaN;
const range = (size: number): number[] => Array.from({ length: size }, (_, at) => at);
const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
const at = (values: readonly number[], index: number): number => values[index] ?? Number.NaN;

/** Unit vectors that no formula is special on. */
function units(rows: number, width: number, seed: number): number[][] {
  return range(rows).map((row) => {
    const free = range(width).map((column) => Math.sin(1 + seed + 3.7 * row + 1.3 * column * (row + 1)));
    const length = Math.hypot(...free);
    return free.map((value) => value / length);
  });
}
const dot = (a: readonly number[], b: readonly number[]): number => a.reduce((sum, value, index) => sum + value * at(b, index), 0); // prettier-ignore
const logSumExp = (values: readonly number[]): number => Math.log(values.reduce((sum, value) => sum + Math.exp(value), 0)); // prettier-ignore

describe('point clouds as pictures of depth', () => {
  const cloud = (points: readonly number[], count: number): Equations => ({
    given: { p: numbers({ point: count, f_xyz: 3 }, points) },
    declare: `axis height: position = 128\naxis width: position = 128\n${library('points').replaceAll('xyz', 'f_xyz')}`,
  });
  const map = (pitch: number, yaw: number): string =>
    `depth_map(p, ${pitch} deg, ${yaw} deg, 90 deg, 1.6, height, width)`;

  it('hold the harmonic mean of the depths that fall on a pixel', () => {
    // 1.6 and 2.0 on the middle pixel: 2 / (1 / 1.6 + 1 / 2)
    const depths = entries(valueOf(cloud([0, 0, 0, 0, 0, 0.4], 2), map(0, 0)), 'height', 'width');
    expect(at(depths, 64 * 128 + 64)).toBeCloseTo(16 / 9, 6);
    expect(depths.filter((depth) => depth > 0)).toHaveLength(1);
  });

  it('are mirrored from behind where the points lie in a plane', () => {
    const points = cloud([0.31, 0.17, 0, -0.22, 0.4, 0], 2);
    const places = (pitch: number): number[][] =>
      entries(valueOf(points, map(pitch, 0)), 'height', 'width').flatMap((depth, index) => (depth > 0 ? [[Math.floor(index / 128), index % 128]] : []));
    const behind = places(180).map(([row = 0, column = 0]) => [row, 128 - column]);
    expect(places(0)).toHaveLength(2);
    expect(places(0)).toEqual(behind);
  }); // prettier-ignore

  it('leave out what is behind the camera or beside the canvas', () => {
    const depths = entries(valueOf(cloud([0, 0, -1.7, 2, 0, 0], 2), map(0, 0)), 'height', 'width');
    expect(depths.every((depth) => depth === 0)).toBe(true);
  });

  it('spread a fifth of the target over the other classes', () => {
    const s = [0.3, -1.2, 2, 0.5];
    const set: Equations = { given: { s: numbers({ k: 4 }, s) }, declare: library('points') };
    const log = s.map((value) => value - logSumExp(s));
    const expected = -log.reduce((sum, value, index) => sum + value * (index === 2 ? 0.8 : 0.2 / 3), 0);
    expect(only(set, 'smoothed_cross_entropy(s, index(k)[k: 2], over: k)')).toBeCloseTo(expected, 5);
  });
});

describe('person search', () => {
  const [n, width] = [6, 4];
  const [I, T] = [units(n, width, 0), units(n, width, 5)];
  const person = [0, 0, 1, 2, 2, 2];
  const set: Equations = {
    given: {},
    batch: n,
    declared: ['f_d'],
    declare: `axis f_d = ${width}\ninput I : vector(f_d)\ninput T : vector(f_d)\ninput person : id\n${library('person-search')}`,
    columns: {
      I: numbers({ batch: n, f_d: width }, I.flat()),
      T: numbers({ batch: n, f_d: width }, T.flat()),
      person: numbers({ batch: n }, person),
    },
  };
  const q = person.map((own) => person.map((other) => (own === other ? 1 / person.filter((each) => each === own).length : 0))); // prettier-ignore
  const log = (a: readonly number[][], b: readonly number[][], scale: number): number[][] =>
    a.map((row) => {
      const logits = b.map((column) => scale * dot(row, column));
      return logits.map((logit) => logit - logSumExp(logits));
    });
  const cross = (targets: readonly number[][], logs: readonly number[][]): number => -mean(targets.map((row, index) => dot(row, logs[index] ?? []))); // prettier-ignore

  it('N-ITC takes hard targets that share a row, and soft ones of its own', () => {
    const hard = (cross(q, log(I, T, 7)) + cross(q, log(T, I, 7))) / 2;
    expect(only(set, 'n_itc(I, T, I, T, 7, same(person), 0)')).toBeCloseTo(hard, 5);
    const soft = (logs: readonly number[][]): number[][] =>
      logs.map((row, i) => row.map((value, j) => 0.5 * Math.exp(value) + 0.5 * at(q[i] ?? [], j)));
    const both = (cross(soft(log(I, T, 7)), log(I, T, 7)) + cross(soft(log(T, I, 7)), log(T, I, 7))) / 2;
    expect(only(set, 'n_itc(I, T, I, T, 7, same(person), 0.5)')).toBeCloseTo(both, 5);
  });

  it('R-ITC is the reversed divergence, which may lie below zero', () => {
    const reversed = (logs: readonly number[][]): number =>
      mean(logs.map((row, i) => row.reduce((sum, value, j) => sum + Math.exp(value) * (value - Math.log(at(q[i] ?? [], j) + 0.01)), 0)));
    expect(only(set, 'r_itc(I, T, 7, same(person), 1e-2)')).toBeCloseTo((reversed(log(I, T, 7)) + reversed(log(T, I, 7))) / 2, 5);
  }); // prettier-ignore

  it('C-ITC compares the similarities within and across', () => {
    const gaps = range(n).flatMap((i) =>
      range(n).map((j) => {
        const [a = [], b = [], c = [], d = []] = [I[i], I[j], T[i], T[j]];
        return (dot(a, b) - dot(c, d)) ** 2 + (dot(a, d) - dot(b, c)) ** 2;
      }),
    );
    expect(only(set, 'c_itc(I, T)')).toBeCloseTo(mean(gaps), 5);
    expect(only(set, 'c_itc(I, I)')).toBeCloseTo(0, 7);
  });

  it('NT-Xent has every view of every picture but itself as a rival', () => {
    const all = [...I, ...T];
    const losses = all.map((view, i) => {
      const rivals = all.flatMap((other, j) => (j === i ? [] : [dot(view, other) / 0.1]));
      return logSumExp(rivals) - dot(view, all[(i + n) % (2 * n)] ?? []) / 0.1;
    });
    expect(only(set, 'nt_xent(I, T, 0.1)')).toBeCloseTo(mean(losses), 5);
  });

  it('ranks by precision at each true entry', () => {
    const scores = I.map((row) => T.map((column) => dot(row, column)));
    const ranked = scores.map((row, i) => [...row.keys()].sort((a, b) => at(row, b) - at(row, a)).map((j) => Number(person[i] === person[j]))); // prettier-ignore
    const precision = ranked.map((hits) => {
      const found = hits.flatMap((hit, place) => (hit === 1 ? [mean(hits.slice(0, place + 1))] : []));
      return mean(found);
    });
    const s = 'dot(I, T[batch as other]), person == person[batch as other]';
    expect(only(set, `mean(average_precision(${s}, over: other))`)).toBeCloseTo(mean(precision), 5);
    for (const k of [1, 2, 4])
      expect(only(set, `recall(${s}, ${k}, over: other)`)).toBeCloseTo(mean(ranked.map((hits) => Math.max(...hits.slice(0, k)))), 6); // prettier-ignore
  });
});

describe('intentions', () => {
  const z = [0.4, -2, 1.3, 0, 0.2, -0.7];
  const y = [1, 0, 0, 1, 0, 1];
  const set: Equations = {
    given: { z: numbers({ r: 2, c: 3 }, z), y: numbers({ r: 2, c: 3 }, y) },
    declare: library('intent'),
  };

  it('are weighed by how sure the model is, and easy absences are let go', () => {
    const losses = z.map((logit, index) => {
      const p = 1 / (1 + Math.exp(-logit));
      const kept = Math.min(1 - p + 0.05, 1);
      return at(y, index) === 1 ? -(1 - p) * Math.log(p) : -((1 - kept) ** 2) * Math.log(kept);
    });
    expect(only(set, 'asymmetric(z, y, 1, 2, 0.05)')).toBeCloseTo(
      losses.reduce((sum, loss) => sum + loss, 0),
      5,
    );
    // half a chance for each: a positive costs ln 2 / 2
    expect(only(set, 'asymmetric(0 * z, 0 * y + 1, 1, 2, 0.05)')).toBeCloseTo(6 * 0.5 * Math.log(2), 5);
  });

  it('are scored by F₁ over one axis or all', () => {
    const score = (indices: readonly number[]): number => {
      const [hits, found, there] = [indices.filter((index) => at(z, index) > 0 && at(y, index) === 1), indices.filter((index) => at(z, index) > 0), indices.filter((index) => at(y, index) === 1)]; // prettier-ignore
      return (2 * hits.length) / Math.max(found.length + there.length, 1);
    };
    expect(only(set, 'f1(z > 0, y == 1, over: [r, c])')).toBeCloseTo(score(range(6)), 6);
    expect(entries(valueOf(set, 'f1(z > 0, y == 1, over: r)'), 'c')).toEqual([score([0, 3]), score([1, 4]), score([2, 5])].map((each) => expect.closeTo(each, 6) as number)); // prettier-ignore
  });
});

describe('depth', () => {
  it('is compared in logarithms, whatever its scale', () => {
    const [d, guess] = [[1, 2, 4, 3], [1.5, 1.8, 3, 3]]; // prettier-ignore
    const set: Equations = {
      given: { d: numbers({ height: 2, width: 2 }, d), e: numbers({ height: 2, width: 2 }, guess) },
      declare: library('depth'),
    };
    const known = range(3);
    const g = known.map((index) => Math.log(at(guess, index)) - Math.log(at(d, index)));
    const expected = 10 * Math.sqrt(mean(g.map((each) => each ** 2)) - 0.85 * mean(g) ** 2);
    expect(only(set, 'silog(e, d, index(height) + index(width) < 2)')).toBeCloseTo(expected, 5);
  });
});

describe('the texts most like a picture', () => {
  it('tell the angle by their numbers, weighted by how like they are', () => {
    const [n, width, k] = [6, 4, 3];
    const [X, P] = [units(n, width, 2), units(n, width, 9)];
    const g = [-12.4, 3.3, 40.6, -0.2, 17.9, 25.1];
    const set: Equations = {
      given: {},
      batch: n,
      declared: ['f_d'],
      declare: `axis f_d = ${width}\ninput X : vector(f_d)\ninput P : vector(f_d)\ninput g : scalar\n${fnOf('cr-clip', 'topk_error')}`,
      columns: {
        X: numbers({ batch: n, f_d: width }, X.flat()),
        P: numbers({ batch: n, f_d: width }, P.flat()),
        g: numbers({ batch: n }, g),
      },
    };
    const errors = X.map((row, i) => {
      const s = P.map((text) => dot(row, text));
      const near = [...s.keys()].sort((a, b) => at(s, b) - at(s, a)).slice(0, k);
      const total = near.reduce((sum, j) => sum + Math.exp(at(s, j) / 0.5), 0);
      return near.reduce((sum, j) => sum + (Math.exp(at(s, j) / 0.5) / total) * Math.abs(at(g, i) - Math.round(at(g, j))), 0);
    });
    expect(only(set, `topk_error(X, P, g, ${k}, 0.5)`)).toBeCloseTo(mean(errors), 4);
    expect(only(set, 'topk_error(X, P, g, batch / 2, 0.5)')).toBeCloseTo(mean(errors), 4);
  }); // prettier-ignore
});
