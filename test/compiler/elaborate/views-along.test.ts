/** Operations along one axis of a computed value: against the numbers that the laws of the language give, written out. */
import { describe, expect, it } from 'vitest';
import { entries, faults, gradientFaults, numbers, typeOf, valueOf, type Equations } from '../../support/equations.ts';

const size = 8;
const range = (count: number): number[] => Array.from({ length: count }, (_, at) => at);
/** Entry t holds t and 10 + t. */
const line = numbers(
  { t: size, f_w: 2 },
  range(size).flatMap((t) => [t, 10 + t]),
);
const there = numbers({ t: size }, [1, 1, 1, 1, 1, 1, 0, 0]);

function viewed(steps: string, draws: Equations['draws'], value = 'line'): Equations {
  return {
    given: { line, there },
    lets: `augment [draw: 2] seen = ${value} |> ${steps}`,
    ...(draws === undefined ? {} : { drawn: true as const, draws }),
  };
}

/** Numbers of the first feature by draw; NaN where nothing is. */
function rows(equations: Equations, axis = 't'): number[][] {
  const value = valueOf(equations, 'seen');
  const all = entries(value, 'draw', axis, 'f_w');
  const length = all.length / 4;
  const [first, second] = [0, 1].map((draw) => range(length).map((at) => all[(draw * length + at) * 2] ?? Number.NaN));
  const tens = [0, 1].map((draw) => range(length).map((at) => (all[(draw * length + at) * 2 + 1] ?? Number.NaN) - 10));
  expect(tens).toEqual([first, second]);
  return [first ?? [], second ?? []];
}

const none = Number.NaN;
const masked = 'only(line, there > 0)';

describe('speed', () => {
  const draws = { factor: (at: number) => [0.1, 0.9][at] ?? 0 };

  it('takes every second entry at 2, and nothing is behind the end', () => {
    const found = viewed('speed(of: [1, 2], over: t)', draws);
    expect(typeOf(found, 'seen')).toBe('[draw, t, f_w] masked');
    expect(rows(found)).toEqual([range(size), [0, 2, 4, 6, none, none, none, none]]);
  });

  it('repeats entries below 1, without a mask', () => {
    const found = viewed('speed(of: [1, 0.5], over: t)', draws);
    expect(typeOf(found, 'seen')).toBe('[draw, t, f_w]');
    expect(rows(found)).toEqual([range(size), [0, 0, 1, 1, 2, 2, 3, 3]]);
  });

  it('is drawn between two numbers', () => {
    // 1 + 0.1 and 1 + 0.9
    expect(rows(viewed('speed(1..2, over: t)', draws))).toEqual([[0, 1, 2, 3, 4, 5, 6, 7], [0, 1, 3, 5, 7, none, none, none]]); // prettier-ignore
  });

  it('moves the mask along', () => {
    expect(rows(viewed('speed(of: [1, 2], over: t)', draws, masked))).toEqual([
      [0, 1, 2, 3, 4, 5, none, none],
      [0, 2, 4, none, none, none, none, none],
    ]);
  });

  it('is left out in an evaluation', () => {
    expect(rows(viewed('speed(of: [1, 2], over: t)', undefined))).toEqual([range(size), range(size)]);
  });
});

describe('a window', () => {
  const draws = { start: (at: number) => [0, 0.99][at] ?? 0 };

  it('begins anywhere where it is real to its end', () => {
    expect(rows(viewed('window(3, over: t as part)', draws), 'part')).toEqual([[0, 1, 2], [5, 6, 7]]); // prettier-ignore
    expect(rows(viewed('window(3, over: t as part)', draws, masked), 'part')).toEqual([[0, 1, 2], [3, 4, 5]]); // prettier-ignore
  });

  it('is the middle one in an evaluation', () => {
    expect(rows(viewed('window(4, over: t as part)', undefined), 'part')).toEqual([[2, 3, 4, 5], [2, 3, 4, 5]]); // prettier-ignore
    expect(rows(viewed('window(4, over: t as part)', undefined, masked), 'part')).toEqual([[1, 2, 3, 4], [1, 2, 3, 4]]); // prettier-ignore
  });

  it('begins at the first where it is longer, and is masked behind the end', () => {
    const found = viewed('window(10, over: t as part)', draws);
    expect(rows(found, 'part')).toEqual([[...range(8), none, none], [...range(8), none, none]]); // prettier-ignore
  });

  it('follows a speed, of what that left', () => {
    const both = { ...draws, factor: () => 0.9 };
    // 0, 2, 4 are left of six at speed 2
    expect(rows(viewed('speed(of: [1, 2], over: t) |> window(2, over: t as part)', both, masked), 'part')).toEqual([[0, 2], [2, 4]]); // prettier-ignore
  });

  it('sends gradients to what it shows', () => {
    const both = { ...draws, factor: () => 0.9 };
    expect(gradientFaults(viewed('speed(of: [1, 2], over: t) |> window(2, over: t as part)', both), 'seen')).toEqual([]); // prettier-ignore
  });
});

describe('orders', () => {
  it('are reversed with their padding last, as often as the chance says', () => {
    const draws = { reverse: (at: number) => [0.1, 0.9][at] ?? 0 };
    expect(rows(viewed('reverse(50 %, over: t)', draws))).toEqual([range(size).toReversed(), range(size)]);
    expect(rows(viewed('reverse(100 %, over: t)', undefined, masked))).toEqual([
      [5, 4, 3, 2, 1, 0, none, none],
      [5, 4, 3, 2, 1, 0, none, none],
    ]);
  });

  it('are shuffled, what is masked last', () => {
    const draws = { order: (at: number) => ((at * 5) % 16) / 16 };
    const [first, second] = rows(viewed('shuffle(over: t)', draws, masked));
    expect(first?.slice(6)).toEqual([none, none]);
    expect(first?.slice(0, 6).toSorted()).toEqual([0, 1, 2, 3, 4, 5]);
    // largest draw first: 0 5 10 15 4 9 of sixteenths, and 8 13 2 7 12 1
    expect(first?.slice(0, 6)).toEqual([3, 2, 5, 1, 4, 0]);
    expect(second?.slice(0, 6)).toEqual([1, 4, 0, 3, 2, 5]);
  });
});

describe('spans', () => {
  it('of zeros begin with a chance, and may overlap', () => {
    const starts = [1, 0.04, 1, 0.01, 1, 1, 1, 1, /* the second draw */ 1, 1, 1, 1, 1, 1, 1, 0];
    const found = viewed('mask_spans(over: t, starts: 5 %, span: 3)', { starts0: (at) => starts[at] ?? 1 });
    const all = entries(valueOf(found, 'seen'), 'draw', 't', 'f_w');
    const kept = [[1, 0, 0, 0, 0, 0, 1, 1], [1, 1, 1, 1, 1, 1, 1, 0]].flat(); // prettier-ignore
    expect(all).toEqual(kept.flatMap((keep, at) => [keep * (at % size), keep * (10 + (at % size))]));
  });

  it('stand along several axes, and hide nothing in an evaluation', () => {
    const draws = { starts0: (at: number) => Number(at % size !== 2), starts1: (at: number) => Number(at % 2 !== 1) };
    const found = entries(valueOf(viewed('mask_spans(over: [t, f_w], starts: 5 %, span: 1)', draws), 'seen'), 'draw', 't', 'f_w'); // prettier-ignore
    const wanted = range(size).flatMap((t) => [t === 2 ? 0 : t, 0]);
    expect(found).toEqual([...wanted, ...wanted]);
    expect(rows(viewed('mask_spans(over: [t, f_w], starts: 5 %, span: 1)', undefined))).toEqual([range(size), range(size)]); // prettier-ignore
  });

  it('leave the mask as it is', () => {
    const draws = { starts0: () => 0 };
    const found = entries(valueOf(viewed('mask_spans(over: t, starts: 5 %, span: 1)', draws, masked), 'seen'), 'draw', 't', 'f_w'); // prettier-ignore
    expect(found.slice(0, 16)).toEqual([...Array<number>(12).fill(0), none, none, none, none]);
  });
});

describe('a choice', () => {
  const chains = 'of: [reverse(100 %, over: t), speed(of: [0.5], over: t)]';

  it('does so many of the chains in the order that is drawn', () => {
    // the larger key first: both reverse, then slow; or slow, then reverse
    const draws = { order: (at: number) => [0.9, 0.1, 0.1, 0.9][at] ?? 0, factor: () => 0 };
    expect(rows(viewed(`choose(2, ${chains})`, draws))).toEqual([
      [7, 7, 6, 6, 5, 5, 4, 4],
      [3, 3, 2, 2, 1, 1, 0, 0],
    ]);
    expect(rows(viewed(`choose(1, ${chains})`, draws))).toEqual([
      [7, 6, 5, 4, 3, 2, 1, 0],
      [0, 0, 1, 1, 2, 2, 3, 3],
    ]);
  });

  it('may do one twice', () => {
    const draws = { choice: () => 0.9, factor: () => 0 };
    expect(rows(viewed(`choose(2, ${chains}, replace: on)`, draws))).toEqual([
      [0, 0, 0, 0, 1, 1, 1, 1],
      [0, 0, 0, 0, 1, 1, 1, 1],
    ]);
  });
});

describe('a crop at several scales', () => {
  it('is one of thirteen parts', () => {
    const drawing = numbers({ rows: 4, columns: 4 }, (at) => at);
    const found = (scales: number, place: number): number[] => {
      const set: Equations = {
        given: { drawing },
        lets: 'augment [draw: 1] seen = drawing[rows as height, columns as width] |> multi_scale_crop([1, 0.5])',
        drawn: true,
        draws: { scales: () => scales, place: () => place },
      };
      return entries(valueOf(set, 'seen'), 'draw', 'height', 'width');
    };
    // pairs (1, 1), (1, ½), (½, 1), (½, ½); places: the first corner, …, the last but nine is the middle
    expect(found(0, 0)).toEqual(range(16));
    const corner = found(0.99, 0);
    expect([corner[0], corner[3], corner[12], corner[15]]).toEqual([0, 1, 4, 5]);
    const middle = found(0.99, 4.5 / 13);
    expect([middle[0], middle[3], middle[12], middle[15]]).toEqual([5, 6, 9, 10]);
    const far = found(0.99, 3.5 / 13);
    expect([far[0], far[3], far[12], far[15]]).toEqual([10, 11, 14, 15]);
  });

  it('takes shares of the picture', () => {
    const set: Equations = { given: { drawing: numbers({ rows: 4, columns: 4 }, (at) => at) } };
    const lets = 'augment seen = drawing[rows as height, columns as width] |> multi_scale_crop([1, 1.5])';
    expect(faults({ ...set, lets }, 'seen')[0]).toContain('a part is a share of the picture');
  });
});
