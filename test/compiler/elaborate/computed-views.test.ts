/** Views of computed values: their numbers against a second implementation, their gradients against finite differences. */
import { describe, expect, it } from 'vitest';
import { entries, gradientFaults, numbers, typeOf, valueOf, type Equations } from '../../support/equations.ts';
import { cardToPicture } from '../../support/homography.ts';
import { Random } from '../../support/random.ts';

const [tall, wide] = [5, 7];
const random = new Random(11);
const pixels = Array.from({ length: tall * wide }, () => random.uniform(0, 1));
const drawing = numbers({ rows: tall, columns: wide }, pixels);
const corners = Array.from({ length: 16 }, () => random.uniform(0, 1));

function viewed(steps: string, draws: Equations['draws'], axes = '[draw: 2]'): Equations {
  return {
    given: { drawing },
    lets: `let card = drawing[rows as height, columns as width]\naugment ${axes} seen = card |> ${steps}`,
    ...(draws === undefined ? {} : { drawn: true as const, draws }),
  };
}

const pixel = (row: number, column: number): number =>
  row < 0 || column < 0 || row >= tall || column >= wide ? 0 : (pixels[row * wide + column] ?? Number.NaN);

function bilinear(y: number, x: number): { readonly value: number; readonly covered: number } {
  const [top, left] = [Math.floor(y), Math.floor(x)];
  let [value, covered] = [0, 0];
  for (const down of [0, 1]) {
    for (const right of [0, 1]) {
      const weight = Math.abs(1 - down - (y - top)) * Math.abs(1 - right - (x - left));
      value += weight * pixel(top + down, left + right);
      const isInside = top + down >= 0 && top + down < tall && left + right >= 0 && left + right < wide;
      covered += isInside ? weight : 0;
    }
  }
  return { value, covered };
}

/** The picture on the card that was drawn, mixed of the four pixels around. */
function warped(distortion: number, drawn: readonly number[], fill: number): number[] {
  const from = cardToPicture(distortion, drawn);
  return Array.from({ length: tall * wide }, (_, index) => {
    const [x, y] = [((index % wide) + 0.5) / wide, (Math.floor(index / wide) + 0.5) / tall];
    const [u, v] = from(x, y);
    const { value, covered } = bilinear(v * tall - 0.5, u * wide - 0.5);
    return value + (1 - covered) * fill;
  });
}

const close = (found: readonly number[], wanted: readonly number[]): void => {
  expect(found).toHaveLength(wanted.length);
  for (const [at, value] of wanted.entries()) expect(found[at]).toBeCloseTo(value, 6);
};

describe('a perspective', () => {
  const draws = { corners: (at: number) => corners[at] ?? 0, perspective: (at: number) => at };

  it.each([
    ['', 0],
    [', fill: white', 1],
  ])('is the homography of its corners%s', (option, fill) => {
    const found = valueOf(viewed(`random_perspective(0.5, p: 100 %${option})`, draws), 'seen');
    close(entries(found, 'draw', 'height', 'width'), [
      ...warped(0.5, corners.slice(0, 8), fill),
      ...warped(0.5, corners.slice(8), fill),
    ]);
  });

  it('leaves the picture where nothing is drawn, as in an evaluation', () => {
    const still = valueOf(viewed('random_perspective(0.5, p: 100 %)', undefined), 'seen');
    close(entries(still, 'draw', 'height', 'width'), [...pixels, ...pixels]);
    const unmoved = valueOf(viewed('random_perspective(0.5, p: 100 %)', { corners: () => 0 }), 'seen');
    close(entries(unmoved, 'draw', 'height', 'width'), [...pixels, ...pixels]);
  });

  it('happens as often as `p` says', () => {
    const found = valueOf(viewed('random_perspective(0.5, p: 50 %)', draws), 'seen');
    // of the draws 0 and 1 the first is below a half
    close(entries(found, 'draw', 'height', 'width'), [...warped(0.5, corners.slice(0, 8), 0), ...pixels]);
  });

  it('has the gradient of the pixels that it mixes', () => {
    for (const fill of ['black', 'white', 'mean'])
      expect(gradientFaults(viewed(`random_perspective(0.6, p: 100 %, fill: ${fill})`, draws), 'seen')).toEqual([]);
  });
});

describe('a crop', () => {
  const draws = { area: () => 0.5, aspect: () => 0.5, top: () => 0.25, left: () => 1 };

  it('mixes rows and columns of the part, whose edge goes on', () => {
    const side = Math.sqrt(0.5);
    const place = (k: number, size: number, first: number): number =>
      Math.min(Math.max(first * size + (k + 0.5) * side - 0.5, first * size, 0), (first + side) * size - 1);
    const wanted = pixels.map((_, index) => {
      const y = place(Math.floor(index / wide), tall, 0.25 * (1 - side));
      return bilinear(y, Math.min(place(index % wide, wide, 1 - side), wide - 1)).value;
    });
    const found = valueOf(viewed('crop(0.5..0.5)', draws), 'seen');
    close(entries(found, 'draw', 'height', 'width'), [...wanted, ...wanted]);
  });

  it('has the gradient of what it mixes, after a perspective too', () => {
    const steps = 'random_perspective(0.5, p: 100 %) |> random_resized_crop(0.3..0.9)';
    const all = { ...draws, corners: (at: number) => corners[at] ?? 0 };
    expect(gradientFaults(viewed(steps, all), 'seen')).toEqual([]);
  });
});

describe('views of computed values', () => {
  const pair = {
    given: { a: drawing, b: numbers({ rows: tall, columns: wide }, pixels.map((value) => 1 - value)) },
    lets: 'augment [draw: 2] (x, y) = (a[rows as height, columns as width], b[rows as height, columns as width]) |> random_perspective(0.5, p: 100 %) |> flip(50 %)',
    drawn: true,
    draws: { corners: (at: number) => corners[at] ?? 0, flip: (at: number) => at },
  } as const; // prettier-ignore

  it('move together by the same draws', () => {
    const [x, y] = ['x', 'y'].map((name) => entries(valueOf(pair, name), 'draw', 'height', 'width'));
    const turned = warped(0.5, corners.slice(0, 8), 0);
    const flipped = turned.map((_, index) => turned[index - (index % wide) + wide - 1 - (index % wide)] ?? Number.NaN);
    close(x ?? [], [...flipped, ...warped(0.5, corners.slice(8), 0)]);
    // what the two pictures add up to is white where the card is
    const inside = warped(0.5, corners.slice(8), 1).map((white, at) => 1 - (white - (x?.[tall * wide + at] ?? 0)));
    close((y ?? []).slice(tall * wide), inside.map((covered, at) => covered - (x?.[tall * wide + at] ?? 0)));
  }); // prettier-ignore

  it('draw anew for each sample, and once for all frames of a film', () => {
    const grey = pixels.map((value) => Math.round(value * 255));
    const film: Equations = {
      declare: `input film : frames(2, size: ${tall} x ${wide})`,
      given: {},
      columns: {
        film: numbers({ batch: 2, frame: 2, height: tall, width: wide, f_channel: 3 }, (at) => grey[Math.floor(at / 3) % (tall * wide)] ?? 0),
        'film.mask': numbers({ batch: 2, frame: 2 }, () => 1),
      },
      lets: 'augment seen = mean(film, over: channel) |> random_perspective(0.5, p: 100 %)',
      drawn: true,
      draws: { corners: (at) => corners[at] ?? 0 },
    };
    expect(typeOf(film, 'seen')).toBe('[batch, frame, height, width] masked');
    const found = entries(valueOf(film, 'seen'), 'batch', 'frame', 'height', 'width');
    const [first, second] = [0, 8].map((from) => warped(0.5, corners.slice(from, from + 8), 0));
    for (const [at, wanted] of [...(first ?? []), ...(first ?? []), ...(second ?? []), ...(second ?? [])].entries())
      expect(found[at]).toBeCloseTo(wanted, 2);
  }); // prettier-ignore
});
