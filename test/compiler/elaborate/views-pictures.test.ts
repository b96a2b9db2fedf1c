/** Colours and regions of computed pictures, against what the same operations do to the bytes of a column. */
import { describe, expect, it } from 'vitest';
import { entries, gradientFaults, numbers, valueOf, type Equations } from '../../support/equations.ts';
import type { PictureStep } from '../../../src/compiler/program/view.ts';
import { Dice } from '../../../src/runtime/data/views/dice.ts';
import { doPictureStep } from '../../../src/runtime/data/views/picture-steps.ts';
import type { Picture } from '../../../src/runtime/data/views/picture.ts';
import { stream } from '../../../src/runtime/random.ts';

const [tall, wide] = [5, 6];
const bytes = Uint8Array.from({ length: tall * wide * 3 }, (_, at) => (at * 53 + (at % 7) * 31) % 256);
const range = (count: number): number[] => Array.from({ length: count }, (_, at) => at);

function viewed(steps: string, draws: Equations['draws'] = {}, drawn = true): Equations {
  return {
    given: { drawing: numbers({ rows: tall, columns: wide, f_colour: 3 }, [...bytes].map((byte) => byte / 255)) },
    declare: 'axis channel = 3',
    lets: `augment [draw: 1] seen = drawing[rows as height, columns as width, f_colour as channel] |> ${steps}`,
    ...(drawn ? { drawn: true as const, draws } : {}),
  };
} // prettier-ignore

const seen = (steps: string, draws?: Equations['draws'], drawn?: boolean): number[] =>
  entries(valueOf(viewed(steps, draws, drawn), 'seen'), 'draw', 'height', 'width', 'channel').map((value) => value * 255); // prettier-ignore

/** The column's operation, with nothing to draw. */
function onBytes(step: PictureStep): number[] {
  const picture: Picture = { kind: 'colours', pixels: { width: wide, height: tall, channels: 3, data: bytes } };
  const site = { dice: new Dice(stream(1, 'x'), 0), noise: () => 0.5, still: false };
  const [result] = doPictureStep([picture], step, site);
  return result?.kind === 'colours' ? [...result.pixels.data] : [];
}

/** As bytes are rounded after every operation, within so many of them. */
const near = (found: readonly number[], wanted: readonly number[], within: number): void => {
  expect(found).toHaveLength(wanted.length);
  const apart = found.map((value, at) => Math.abs(value - (wanted[at] ?? Number.NaN)));
  expect(Math.max(...apart)).toBeLessThanOrEqual(within);
};

const still = { brightness: [1, 1], contrast: [1, 1], saturation: [1, 1], hue: [0, 0], chance: 1 } as const;

describe('colours', () => {
  it.each([
    ['brightness: 1.3..1.3', { brightness: [1.3, 1.3] }],
    ['contrast: 0.6..0.6', { contrast: [0.6, 0.6] }],
    ['saturation: 1.4..1.4', { saturation: [1.4, 1.4] }],
    ['hue: 0.15..0.15', { hue: [0.15, 0.15] }],
  ] as const)('change as those of a column: %s', (written, factors) => {
    near(seen(`jitter(${written})`), onBytes({ kind: 'jitter', ...still, ...factors }), 1.01); // prettier-ignore
  });

  it('go where they are grey, blur as a column does', () => {
    near(seen('gray(100 %)'), onBytes({ kind: 'gray', chance: 1 }), 1.01);
    near(seen('blur(0.8..0.8)'), onBytes({ kind: 'blur', sigma: [0.8, 0.8], chance: 1 }), 1.01);
  });

  it('are drawn in a step, and left alone in an evaluation but for what is not drawn', () => {
    near(seen('jitter(brightness: 0.5..1.5)', { brightness: () => 0.25 }), onBytes({ kind: 'jitter', ...still, brightness: [0.75, 0.75] }), 1.01); // prettier-ignore
    near(seen('jitter(brightness: 0.5..1.5) |> blur(0.1..2) |> rotate(20 deg)', {}, false), [...bytes], 1e-6);
    near(seen('gray(100 %)', {}, false), onBytes({ kind: 'gray', chance: 1 }), 1.01);
    near(seen('gray(20 %)', { gray: () => 0.3 }), [...bytes], 1e-6);
  });

  it('have gradients', () => {
    expect(gradientFaults(viewed('blur(0.8..0.8) |> rotate(30 deg..30 deg, fill: mean)'), 'seen')).toEqual([]);
    expect(gradientFaults(viewed('jitter(contrast: 0.6..0.6)'), 'seen')).toEqual([]);
  });
});

describe('regions', () => {
  it('are turned as those of a column', () => {
    for (const [degrees, fill] of [[90, 'white'], [30, 'black'], [-70, 'white']] as const) {
      const angle = (degrees * Math.PI) / 180;
      const step: PictureStep = { kind: 'rotate', angle: [angle, angle], fill, chance: 1 };
      const inside = onBytes(step);
      const found = seen(`rotate(${degrees} deg..${degrees} deg, fill: ${fill})`);
      // a column fills what is outside by more than half, a computed picture mixes: they agree well inside
      const apart = found.map((value, at) => Math.abs(value - (inside[at] ?? Number.NaN)));
      const edge = range(tall * wide).filter((at) => {
        const [x, y] = [(at % wide) - (wide - 1) / 2, Math.floor(at / wide) - (tall - 1) / 2];
        const [u, v] = [Math.cos(angle) * x - Math.sin(angle) * y, Math.sin(angle) * x + Math.cos(angle) * y];
        return Math.abs(u) <= (wide - 1) / 2 && Math.abs(v) <= (tall - 1) / 2;
      });
      expect(edge.length).toBeGreaterThan(8);
      for (const at of edge) for (const channel of [0, 1, 2]) expect(apart[at * 3 + channel]).toBeLessThanOrEqual(1.01);
    }
  }); // prettier-ignore

  it('are filled where the square or the rectangle lies', () => {
    const filled = (found: readonly number[], colour: number): number[] =>
      range(tall * wide).filter((at) => [0, 1, 2].every((channel) => Math.abs((found[at * 3 + channel] ?? 0) - colour) < 1e-6)); // prettier-ignore
    // a side of round(0.4 · 5) = 2 around column floor(0.5 · 6) = 3 and row floor(0.5 · 5) = 2
    const cut = seen('cutout(40 %, fill: white)', { left: () => 0.5, top: () => 0.5 });
    expect(filled(cut, 255)).toEqual([1 * wide + 2, 1 * wide + 3, 2 * wide + 2, 2 * wide + 3]);
    // a fifth of 30 pixels at 6 : 1 is 6 across and 1 down, in the last row
    const erased = seen('erase(0.2..0.2, 100 %, aspect: 6..6, fill: black)', { left: () => 0, top: () => 1 });
    expect(filled(erased, 0)).toEqual(range(wide).map((column) => 4 * wide + column));
    const kept = range(4 * wide * 3);
    expect(kept.map((at) => Math.round(erased[at] ?? Number.NaN))).toEqual(kept.map((at) => bytes[at]));
    const noisy = seen('erase(0.2..0.2, 100 %, aspect: 6..6)', { left: () => 0, top: () => 1, noise: (at) => (at % 100) / 100 }); // prettier-ignore
    expect(Math.round((noisy[4 * wide * 3] ?? 0) / 2.55)).toBe((4 * wide * 3) % 100);
  });
});
