/** The functions of the language on small numbers, against what a few lines of arithmetic say. */
import { describe, expect, it } from 'vitest';
import { entries, numbers, typeOf, valueOf, type Equations } from '../../support/equations.ts';
import { Random } from '../../support/random.ts';

const close = (found: readonly number[], wanted: readonly number[], digits = 9): void => {
  expect(found).toHaveLength(wanted.length);
  for (const [at, value] of wanted.entries()) {
    if (Number.isNaN(value)) expect(found[at]).toBeNaN();
    else expect(found[at]).toBeCloseTo(value, digits);
  }
};

const random = new Random(7);
const line = numbers({ k: 5 }, [3, 1, 4, 1, 5]);
const grid = numbers({ k: 2, p: 3 }, [1, 2, 3, 4, 5, 6]);
const noise = numbers(
  { rows: 4, columns: 5 },
  Array.from({ length: 20 }, () => random.uniform(-1, 1)),
);
const picture = 'noise[rows as height, columns as width]';

/** A masked vector: the entries where `m` is above 0. */
const masked: Equations = {
  given: { x: numbers({ k: 5 }, [3, 1, 4, 1, 5]), m: numbers({ k: 5 }, [1, 1, 1, 0, 0]) },
  lets: 'let part = only(x, m > 0)',
};

describe('entries along an axis', () => {
  const given = { given: { line } };

  it('move by `shift`, masked or filled where nothing comes from', () => {
    close(entries(valueOf(given, 'shift(line, by: 1, over: k)'), 'k'), [Number.NaN, 3, 1, 4, 1]);
    close(entries(valueOf(given, 'shift(line, by: -2)'), 'k'), [4, 1, 5, Number.NaN, Number.NaN]);
    close(entries(valueOf(given, 'shift(line, by: 1, fill: 9)'), 'k'), [9, 3, 1, 4, 1]);
    close(entries(valueOf(masked, 'shift(part, by: -1)'), 'k'), [1, 4, Number.NaN, Number.NaN, Number.NaN]);
  });

  it('turn round by `reverse`, padding last', () => {
    close(entries(valueOf(given, 'reverse(line)'), 'k'), [5, 1, 4, 1, 3]);
    close(entries(valueOf(masked, 'reverse(part)'), 'k'), [4, 1, 3, Number.NaN, Number.NaN]);
  });

  it('have ranks, shared by equal ones, the largest first', () => {
    close(entries(valueOf(given, 'rank(line)'), 'k'), [3, 4.5, 2, 4.5, 1]);
    close(entries(valueOf(masked, 'rank(part)'), 'k'), [2, 3, 1, Number.NaN, Number.NaN]);
  });

  it('have a median, of what is real', () => {
    close(entries(valueOf(given, 'median(line)')), [3]);
    close(entries(valueOf({ given: { grid } }, 'median(grid)')), [3.5]);
    close(entries(valueOf({ given: { grid } }, 'median(grid, over: k)'), 'p'), [2.5, 3.5, 4.5]);
    close(entries(valueOf(masked, 'median(part)')), [3]);
    close(entries(valueOf(given, 'median(line, where: line > 1)')), [4]);
  });

  it('correlate by rank', () => {
    const pair = { given: { a: numbers({ k: 5 }, [1, 2, 3, 4, 5]), b: numbers({ k: 5 }, [5, 6, 7, 8, 7]) } };
    // the textbook example: 0.8207826816681233
    close(entries(valueOf(pair, 'spearman(a, b)')), [0.8207826816681233]);
    close(entries(valueOf(pair, 'spearman(a, -b, over: k)')), [-0.8207826816681233]);
  });

  it('are padded, at the edge too', () => {
    const pad = (options: string) => valueOf(given, `pad(line, over: k as wide, ${options})`);
    close(entries(pad('before: 1, after: 2, value: 0'), 'wide'), [0, 3, 1, 4, 1, 5, 0, 0]);
    close(entries(pad('before: 1'), 'wide'), [Number.NaN, 3, 1, 4, 1, 5]);
    close(entries(pad('after: 2, edge: on'), 'wide'), [3, 1, 4, 1, 5, 5, 5]);
  });
});

describe('axes', () => {
  it('merge, and come back by `unmerge`', () => {
    const given = { given: { grid }, lets: 'let flat = merge(grid, p, k) as cell' };
    close(entries(valueOf(given, 'flat'), 'cell'), [1, 4, 2, 5, 3, 6]);
    close(entries(valueOf(given, 'unmerge(flat, cell)'), 'k', 'p'), [1, 2, 3, 4, 5, 6]);
    const best = { ...given, lets: `${given.lets}\nlet (column, row) = unmerge(argmax(flat, over: cell), cell)` };
    close(entries(valueOf(best, 'column')), [2]);
    close(entries(valueOf(best, 'row')), [1]);
    expect(typeOf(best, 'row')).toBe('index(k) []');
  });

  it('split into declared or sized ones', () => {
    const long = { given: { x: numbers({ k: 6 }, [0, 1, 2, 3, 4, 5]) } };
    expect(typeOf(long, 'split(x, k, sizes: [2, 3]) as [height, width]')).toBe('[height, width]');
    close(entries(valueOf(long, 'split(x, k, sizes: [2, 3]) as [u, v]'), 'v', 'u'), [0, 3, 1, 4, 2, 5]);
  });

  it('have windows', () => {
    const given = { given: { line } };
    close(
      entries(valueOf(given, 'windows(line, over: k as [hop, tap], size: 3, every: 2)'), 'hop', 'tap'),
      [3, 1, 4, 4, 1, 5],
    );
    const last = valueOf(given, 'windows(line, over: k as [hop, tap], size: 3, every: 3, pad: end)');
    close(entries(last, 'hop', 'tap'), [3, 1, 4, 1, 5, Number.NaN]);
  });

  it('are named by entries, and cut by strides', () => {
    const sign: Equations = {
      declare: 'axis sign : item = [pos, neg]',
      declared: ['sign'],
      given: { s: numbers({ sign: 2 }, [7, 8]) },
    };
    close(entries(valueOf(sign, 's[sign: neg]')), [8]);
    close(entries(valueOf({ given: { line } }, 'line[k: 0..-1 by 2 as half]'), 'half'), [3, 4, 5]);
    close(entries(valueOf({ given: { line } }, 'line[k: 1..-1 by 2 as half]'), 'half'), [1, 1]);
  });

  it('are named by the words of a vocabulary', () => {
    const words: Equations = {
      declare:
        'vocabulary class { "cat": { kind: "pet" }  "fox": { kind: "wild" }  "dog": { kind: "pet" }  "cow": { kind: "farm" } }\nvocabulary kind = ["wild", "pet"]',
      declared: ['class'],
      given: { s: numbers({ class: 4 }, [5, 6, 7, 8]) },
    };
    close(entries(valueOf(words, 's[class: "dog"]')), [7]);
    close(entries(valueOf(words, 'class["fox"]')), [1]);
    close(entries(valueOf(words, 'as_index(class.kind, kind)'), 'class'), [1, 0, 1, Number.NaN]);
    close(entries(valueOf(words, 'sum(s, by: as_index(class.kind, kind))'), 'kind'), [6, 12]);
  });

  it('remember which operand of `concat` they came from', () => {
    const two = { given: { a: numbers({ k: 2 }, [1, 2]), b: numbers({ k: 2, p: 1 }, [3, 4]) } };
    const joined = { ...two, lets: 'let all = concat(a, b[p: 0], a, along: k as slot)' };
    close(entries(valueOf(joined, 'part_of(all, slot)'), 'slot'), [0, 0, 1, 1, 2, 2]);
    expect(typeOf(joined, 'all')).toBe('[slot]');
  });

  it('repeat by `expand`', () => {
    close(entries(valueOf({ given: { line } }, 'expand(line, copy: 2)'), 'copy', 'k'), [3, 1, 4, 1, 5, 3, 1, 4, 1, 5]);
  });
});

describe('reductions', () => {
  const groups: Equations = {
    declare: 'vocabulary class = ["a", "b", "c"]',
    given: { x: numbers({ k: 5 }, [3, 1, 4, 1, 5]), c: numbers({ k: 5 }, [0, 2, 0, 2, 2]) },
    lets: 'let y = as_index(c, class)',
  };

  it('go by group', () => {
    close(entries(valueOf(groups, 'sum(x, by: y)'), 'class'), [7, 0, 7]);
    close(entries(valueOf(groups, 'mean(x, by: y)'), 'class'), [3.5, Number.NaN, 7 / 3]);
    close(entries(valueOf(groups, 'max(x, by: y)'), 'class'), [4, Number.NaN, 5]);
    close(entries(valueOf(groups, 'sum(x > 1, by: y)'), 'class'), [2, 0, 1]);
    close(entries(valueOf(groups, 'sum(x, by: y, where: x > 1)'), 'class'), [7, 0, 5]);
    close(entries(valueOf(groups, 'any(x > 4, by: y)'), 'class'), [0, 0, 1]);
  });

  it('count an unknown index nowhere', () => {
    const lets = 'let y = as_index(c - 1, class)';
    close(entries(valueOf({ ...groups, lets }, 'sum(x, by: y)'), 'class'), [0, 7, 0]);
  });

  it('go by two indices, each with axes of its own', () => {
    const points: Equations = {
      declare: 'axis row : item = 2\naxis column : item = 2',
      given: {
        v: numbers({ b: 2, k: 3 }, [1, 2, 3, 4, 5, 6]),
        i: numbers({ b: 2, k: 3 }, [0, 1, 1, 0, 0, 1]),
        j: numbers({ k: 3 }, [0, 1, 1]),
      },
    };
    const found = valueOf(points, 'sum(v, over: k, by: [as_index(i, row), as_index(j, column)])');
    close(entries(found, 'b', 'row', 'column'), [1, 0, 0, 5, 4, 5, 0, 6]);
  });

  it('go across a static `for`', () => {
    close(entries(valueOf({ given: { line } }, 'mean(line * r for r in [1, 3])'), 'k'), [6, 2, 8, 2, 10]);
    close(entries(valueOf({ given: { line } }, 'stack(line[k: i] for i in [0, 4]) as picked'), 'picked'), [3, 5]);
  });
});

describe('vectors of several axes', () => {
  const both = {
    given: { a: numbers({ k: 2, p: 2 }, [1, 2, 3, 4]), b: numbers({ k: 2, p: 2, c: 2 }, [1, 0, 0, 1, 1, 1, 2, 0]) },
  };

  it('have products, cosines and norms', () => {
    close(entries(valueOf(both, 'dot(a, b, along: [k, p])'), 'c'), [12, 5]);
    close(entries(valueOf(both, 'cos(a, b, along: [p, k])'), 'c'), [12 / Math.sqrt(30 * 6), 5 / Math.sqrt(30 * 2)]);
    close(entries(valueOf(both, 'sum(normalize(a, along: [k, p]) ^ 2)')), [1]);
  });

  it('have shares over all of them', () => {
    const total = [1, 2, 3, 4].reduce((sum, x) => sum + Math.exp(x), 0);
    close(
      entries(valueOf(both, 'softmax(a, over: [k, p])'), 'k', 'p'),
      [1, 2, 3, 4].map((x) => Math.exp(x) / total),
    );
    close(entries(valueOf(both, 'softmax(a, over: [k, p], where: a > 3)'), 'k', 'p'), [0, 0, 0, 1]);
  });
});

describe('pictures', () => {
  const given = { given: { noise } };
  const at = (row: number, column: number): number => noise.at({ rows: row, columns: column });

  it('are resized with aligned corners', () => {
    const found = entries(valueOf(given, `resize(${picture}, size: [7, 9], corners: aligned)`), 'height', 'width');
    const wanted = Array.from({ length: 63 }, (_, index) => {
      const [y, x] = [(Math.floor(index / 9) * 3) / 6, ((index % 9) * 4) / 8];
      const [row, column] = [Math.min(2, Math.floor(y)), Math.min(3, Math.floor(x))];
      const [dy, dx] = [y - row, x - column];
      const across = (r: number): number => at(r, column) * (1 - dx) + at(r, column + 1) * dx;
      return across(row) * (1 - dy) + across(row + 1) * dy;
    });
    close(found, wanted);
  });

  it('are halved by half-pixel centres', () => {
    const found = entries(valueOf(given, `resize(${picture}[width: 0..3], scale: 0.5)`), 'height', 'width');
    const mean = (row: number, column: number): number =>
      (at(row, column) + at(row, column + 1) + at(row + 1, column) + at(row + 1, column + 1)) / 4;
    close(found, [mean(0, 0), mean(0, 2), mean(2, 0), mean(2, 2)]);
  });

  it('are pooled', () => {
    const found = entries(valueOf(given, `pool(${picture}, max, 2)`), 'height', 'width');
    const most = (row: number, column: number): number => Math.max(at(row, column), at(row, column + 1), at(row + 1, column), at(row + 1, column + 1)); // prettier-ignore
    close(found, [most(0, 0), most(0, 2), most(2, 0), most(2, 2)]);
  });

  it('are filtered by `conv2d`', () => {
    const filter = numbers(
      { u: 2, v: 3, f_out: 2 },
      Array.from({ length: 12 }, () => random.uniform(-1, 1)),
    );
    const both = { given: { noise, filter } };
    const found = entries(
      valueOf(both, `conv2d(${picture}, filter, over: [u, v], stride: 2, padding: 1)`),
      'height',
      'width',
      'f_out',
    );
    const inside = (row: number, column: number): number =>
      row < 0 || row > 3 || column < 0 || column > 4 ? 0 : at(row, column);
    const wanted = [0, 1, 2].flatMap((y) => [0, 1, 2].flatMap((x) => [0, 1].map((f_out) => {
      let sum = 0;
      for (let u = 0; u < 2; u++) for (let v = 0; v < 3; v++) sum += inside(2 * y - 1 + u, 2 * x - 1 + v) * filter.at({ u, v, f_out });
      return sum;
    }))); // prettier-ignore
    close(found, wanted);
  });

  it('are spread by `conv_transpose`, which is the transpose of `conv2d`', () => {
    const filter = numbers(
      { u: 3, v: 2, f_out: 2 },
      Array.from({ length: 12 }, () => random.uniform(-1, 1)),
    );
    const small = numbers(
      { rows: 2, columns: 3 },
      Array.from({ length: 6 }, () => random.uniform(-1, 1)),
    );
    const lets = 'let x = small[rows as height, columns as width]';
    const up = valueOf(
      { given: { small, filter }, lets },
      'conv_transpose(x, filter, over: [u, v], stride: 2, padding: 1)',
    );
    const wanted = new Map<string, number>();
    for (const row of [0, 1]) for (const column of [0, 1, 2]) for (const u of [0, 1, 2]) for (const v of [0, 1]) for (const f_out of [0, 1]) {
      const key = [2 * row + u - 1, 2 * column + v - 1, f_out].join();
      wanted.set(key, (wanted.get(key) ?? 0) + small.at({ rows: row, columns: column }) * filter.at({ u, v, f_out }));
    } // prettier-ignore
    const size = [2 * 1 + 3 - 2, 2 * 2 + 2 - 2];
    const all = Array.from({ length: size[0]! * size[1]! * 2 }, (_, at) => wanted.get([Math.floor(at / (size[1]! * 2)), Math.floor(at / 2) % size[1]!, at % 2].join()) ?? 0); // prettier-ignore
    close(entries(up, 'height', 'width', 'f_out'), all);
  });

  it('are blurred, the edge repeated', () => {
    const found = entries(valueOf(given, `gaussian_blur(${picture}, sigma: 0.6)`), 'height', 'width');
    const weights = [-2, -1, 0, 1, 2].map((d) => Math.exp(-(d * d) / (2 * 0.36)));
    const total = weights.reduce((a, b) => a + b);
    const clamp = (value: number, high: number): number => Math.min(high, Math.max(0, value));
    const wanted = Array.from({ length: 20 }, (_, index) => {
      let sum = 0;
      for (let dy = -2; dy <= 2; dy++)
        for (let dx = -2; dx <= 2; dx++)
          sum +=
            (weights[dy + 2]! *
              weights[dx + 2]! *
              at(clamp(Math.floor(index / 5) + dy, 3), clamp((index % 5) + dx, 4))) /
            total ** 2;
      return sum;
    });
    close(found, wanted);
  });

  it('are mirrored', () => {
    close(
      entries(valueOf(given, `flip(${picture})[height: 1]`), 'width'),
      [4, 3, 2, 1, 0].map((column) => at(1, column)),
    );
  });

  it('are read between pixels by `warp`', () => {
    const places = { given: { noise, y: numbers({ k: 3 }, [0.5, 3, -5]), x: numbers({ k: 3 }, [1.25, 4, 1]) } };
    const between = (row: number): number => at(row, 1) * 0.75 + at(row, 2) * 0.25;
    close(entries(valueOf(places, `warp(${picture}, y, x)`), 'k'), [(between(0) + between(1)) / 2, at(3, 4), 0]);
  });

  it('are cut into tiles and put together again', () => {
    const cut = { ...given, lets: `let cut = tiles(${picture}, 3, stride: 2) as tile` };
    expect(typeOf(cut, 'cut')).toBe('[tile, height, width]');
    const second = entries(valueOf(cut, 'cut[tile: 1]'), 'height', 'width');
    close(
      second,
      [0, 1, 2].flatMap((row) => [2, 3, 4].map((column) => at(row, column))),
    );
    close(entries(valueOf(cut, 'untile(cut * 2)'), 'height', 'width'), Array.from({ length: 20 }, (_, index) => 2 * at(Math.floor(index / 5), index % 5))); // prettier-ignore
  });

  it('show strokes', () => {
    // a straight stroke along the row 2.5 from column 1 to 7
    const strokes: Equations = {
      declare: 'axis control : position = 4\naxis f_xy : feature = 2',
      declared: ['control', 'f_xy'],
      given: {
        P: numbers({ s: 1, control: 4, f_xy: 2 }, [1, 2.5, 3, 2.5, 5, 2.5, 7, 2.5]),
        canvas: numbers({ rows: 5, columns: 8 }, () => 0),
      },
    };
    const ink = valueOf(strokes, 'bezier_strokes(P, like: canvas[rows as height, columns as width], pen: 2, σ: 0.5)');
    const coverage = (row: number, column: number): number => {
      const dx = Math.max(1 - (column + 0.5), 0, column + 0.5 - 7);
      return Math.min(1, Math.max(0, 1 + 0.5 - Math.sqrt(dx * dx + (row + 0.5 - 2.5) ** 2 + 1e-6)));
    };
    close(
      entries(ink, 's', 'height', 'width'),
      Array.from({ length: 40 }, (_, at) => coverage(Math.floor(at / 8), at % 8)),
      5,
    );
  });
});

describe('sounds', () => {
  const wave = numbers(
    { k: 12 },
    Array.from({ length: 12 }, () => random.uniform(-1, 1)),
  );

  it('have the power of a windowed Fourier sum', () => {
    const found = valueOf(
      { given: { wave } },
      'spectrogram(wave, over: k as [step, bin], size: 8, hop: 4, window: hann)',
    );
    const wanted = [0, 4].flatMap((start) => [0, 1, 2, 3, 4].map((bin) => {
      let [re, im] = [0, 0];
      for (let t = 0; t < 8; t++) {
        const sample = wave.at({ k: start + t }) * (0.5 - 0.5 * Math.cos((2 * Math.PI * t) / 8));
        re += sample * Math.cos((2 * Math.PI * bin * t) / 8);
        im += sample * Math.sin((2 * Math.PI * bin * t) / 8);
      }
      return re * re + im * im;
    })); // prettier-ignore
    close(entries(found, 'step', 'bin'), wanted, 8);
  });

  it('have mel bands that share a constant spectrum by area', () => {
    const bands = valueOf(
      { given: { wave } },
      'mel(wave, over: k as [step, band], size: 8, hop: 4, bands: 3, rate: 8000)',
    );
    const whole = valueOf({ given: { wave } }, 'spectrogram(wave, over: k as [step, bin], size: 8, hop: 4)');
    const mel = (f: number): number => 2595 * Math.log10(1 + f / 700);
    const hertz = (m: number): number => 700 * (10 ** (m / 2595) - 1);
    const corner = (at: number): number => hertz((mel(4000) * at) / 4);
    const wanted = [0, 1].flatMap((step) => [0, 1, 2].map((band) => [0, 1, 2, 3, 4].reduce((sum, bin) => {
      const f = bin * 1000;
      const rise = (f - corner(band)) / (corner(band + 1) - corner(band));
      const fall = (corner(band + 2) - f) / (corner(band + 2) - corner(band + 1));
      return sum + whole.at({ step, bin }) * Math.max(0, Math.min(rise, fall));
    }, 0))); // prettier-ignore
    close(entries(bands, 'step', 'band'), wanted, 6);
  });
});

describe('draws', () => {
  const draws = {
    uniform: (at: number) => [0.1, 0.99][at] ?? 0,
    draw: (at: number) => [0.1, 0.99][at] ?? 0,
    redraw: () => 0.5,
  };

  it('pick an entry for each sample', () => {
    const found = valueOf({ given: { line }, draws }, 'line[k: draw(k, for: batch)]');
    close(entries(found, 'batch'), [3, 5]);
  });

  it('are other ones in a `redraw`', () => {
    const lets = 'let u = uniform([batch])';
    close(entries(valueOf({ given: {}, draws: { redraw: () => 0.5, uniform: () => 0.25 }, lets }, 'redraw(u) - u'), 'batch'), [0.25, 0.25]); // prettier-ignore
  });
});

describe('intervals', () => {
  it('are recalled where a proposal overlaps them enough', () => {
    const given = {
      b: numbers({ n: 2, p: 2 }, [0, 4, 1, 8]),
      e: numbers({ n: 2, p: 2 }, [2, 6, 3, 9]),
      start: numbers({ n: 2, s: 2 }, [0, 4.5, 2, 8]),
      finish: numbers({ n: 2, s: 2 }, [2, 6.5, 4, 9]),
      there: numbers({ n: 2, s: 2 }, [1, 1, 1, 0]),
    };
    const recall = (options: string) =>
      entries(
        valueOf(
          { given, lets: 'let first = only(start, there > 0)' },
          `average_recall(b, e, truth: [first, finish], ${options})`,
        ),
      );
    // overlaps: 1, 0.6 and 1/3; the fourth is not there
    close(recall('tiou: 0.5'), [2 / 3]);
    close(recall('tiou: [0.3, 0.7]'), [(1 + 1 / 3) / 2]);
    close(recall('tiou: 0.5, keep: 1'), [1 / 3]);
  });
});
