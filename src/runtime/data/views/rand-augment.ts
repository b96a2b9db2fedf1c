/** RandAugment (Cubuk et al. 2020) with torchvision's operations and strengths, on bytes. */
import type { Pixels } from '../image/resample.ts';
import type { Dice } from './dice.ts';

/** Strengths go from 0 to 30, as in the paper. */
const strongest = 30;

/** One picture after `count` operations, each drawn from all of them; half of those that have two directions go the other way. */
export function randAugmentation(count: number, strength: number, dice: Dice): (pixels: Pixels) => Pixels {
  const chosen = Array.from({ length: count }, () => {
    const operation = operations[dice.whole(operations.length)] ?? identity;
    return { operation, share: (strength / strongest) * (dice.happens(0.5) ? -1 : 1) };
  });
  return (pixels) => chosen.reduce((result, { operation, share }) => operation(result, share), pixels);
}

/** `share`: the strength from −1 to 1; what has one direction takes its size. */
type Operation = (pixels: Pixels, share: number) => Pixels;

const identity: Operation = (pixels) => pixels;

const operations: readonly Operation[] = [
  identity,
  (pixels, share) => affine(pixels, [1, 0.3 * share, 0, 0, 1, 0]),
  (pixels, share) => affine(pixels, [1, 0, 0, 0.3 * share, 1, 0]),
  (pixels, share) => affine(pixels, [1, 0, -Math.trunc((150 / 331) * pixels.width * share), 0, 1, 0]),
  (pixels, share) => affine(pixels, [1, 0, 0, 0, 1, -Math.trunc((150 / 331) * pixels.height * share)]),
  (pixels, share) => {
    const angle = (30 * share * Math.PI) / 180;
    return affine(pixels, [Math.cos(angle), -Math.sin(angle), 0, Math.sin(angle), Math.cos(angle), 0]);
  },
  (pixels, share) => mapped(pixels, (value) => value * (1 + 0.9 * share)),
  (pixels, share) => blended(pixels, grey(pixels), 1 + 0.9 * share),
  (pixels, share) => {
    const luma = grey(pixels);
    const mean = Math.round(luma.reduce((sum, value) => sum + value, 0) / Math.max(1, luma.length));
    return mapped(pixels, (value) => mean + (1 + 0.9 * share) * (value - mean));
  },
  (pixels, share) => blended(pixels, smoothed(pixels), 1 + 0.9 * share),
  (pixels, share) => posterised(pixels, 8 - Math.round(Math.abs(share) * 4)),
  (pixels, share) => solarised(pixels, 255 * (1 - Math.abs(share))),
  stretched,
  equalised,
];

const clamp = (value: number): number => (value < 0 ? 0 : value > 255 ? 255 : Math.round(value));

const mapped = (pixels: Pixels, change: (value: number, at: number) => number): Pixels => ({
  ...pixels,
  data: pixels.data.map((value, at) => clamp(change(value, at))),
});

/** Away from another picture: 1 is this one, 0 the other. */
const blended = (pixels: Pixels, other: Uint8Array, factor: number): Pixels =>
  mapped(pixels, (value, at) => (other[at] ?? 0) + factor * (value - (other[at] ?? 0)));

/** ITU-R 601-2 in Pillow's fixed point, in all three channels. */
const grey = ({ data }: Pixels): Uint8Array =>
  data.map((_, at) => {
    const from = at - (at % 3);
    return ((data[from] ?? 0) * 19595 + (data[from + 1] ?? 0) * 38470 + (data[from + 2] ?? 0) * 7471 + 0x8000) >> 16;
  });

/** Pillow's SMOOTH: the pixel five times and its neighbours once, over 13; the border stays. */
function smoothed({ data, width, height }: Pixels): Uint8Array {
  return data.map((own, at) => {
    const [x, y] = [Math.floor(at / 3) % width, Math.floor(at / 3 / width)];
    if (x === 0 || y === 0 || x === width - 1 || y === height - 1) return own;
    let sum = 4 * own;
    for (let dy = -1; dy <= 1; dy++) for (let dx = -1; dx <= 1; dx++) sum += data[at + (dy * width + dx) * 3] ?? 0;
    return clamp(sum / 13);
  });
}

/** Keeps the highest bits of each byte. */
export const posterised = (pixels: Pixels, bits: number): Pixels => ({
  ...pixels,
  data: pixels.data.map((value) => value & (0xff << (8 - bits)) & 0xff),
});

/** Turns around what is as bright as the threshold. */
export const solarised = (pixels: Pixels, threshold: number): Pixels => ({
  ...pixels,
  data: pixels.data.map((value) => (value >= threshold ? 255 - value : value)),
});

/** Each channel from its darkest to its brightest onto 0 to 255. */
export function stretched(pixels: Pixels): Pixels {
  const bounds = [0, 1, 2].map((channel) => {
    const own = pixels.data.filter((_, at) => at % 3 === channel);
    return [Math.min(255, ...own), Math.max(0, ...own)] as const;
  });
  return mapped(pixels, (value, at) => {
    const [low, high] = bounds[at % 3] ?? [0, 255];
    return high <= low ? value : ((value - low) * 255) / (high - low);
  });
}

/** Each channel by its own histogram, as Pillow's `equalize` does. */
export function equalised(pixels: Pixels): Pixels {
  const tables = [0, 1, 2].map((channel) => {
    const counts = Array.from({ length: 256 }, () => 0);
    for (let at = channel; at < pixels.data.length; at += 3) {
      const value = pixels.data[at] ?? 0;
      counts[value] = (counts[value] ?? 0) + 1;
    }
    const present = counts.filter((count) => count > 0);
    const step = Math.floor((present.reduce((sum, count) => sum + count, 0) - (present.at(-1) ?? 0)) / 255);
    if (present.length <= 1 || step === 0) return undefined;
    let sum = Math.floor(step / 2);
    return counts.map((count) => {
      const value = Math.min(255, Math.floor(sum / step));
      sum += count;
      return value;
    });
  });
  return { ...pixels, data: pixels.data.map((value, at) => tables[at % 3]?.[value] ?? value) };
}

/** The pixel (x, y) is the nearest to `(a x + b y + c, d x + e y + f)`, counted from the middle; black outside. */
export function affine(
  pixels: Pixels,
  [a, b, c, d, e, f]: readonly [number, number, number, number, number, number],
): Pixels {
  // prettier-ignore
  const { width, height, data } = pixels;
  const [middleX, middleY] = [(width - 1) / 2, (height - 1) / 2];
  const out = new Uint8Array(data.length);
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      const [fromMiddleX, fromMiddleY] = [x - middleX, y - middleY];
      const fromX = Math.round(a * fromMiddleX + b * fromMiddleY + c + middleX);
      const fromY = Math.round(d * fromMiddleX + e * fromMiddleY + f + middleY);
      if (fromX < 0 || fromY < 0 || fromX >= width || fromY >= height) continue;
      const [to, from] = [(y * width + x) * 3, (fromY * width + fromX) * 3];
      out.set(data.subarray(from, from + 3), to);
    }
  return { ...pixels, data: out };
}
