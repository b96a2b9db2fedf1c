/** Pictures as views work on them: bytes of colours, or numbers of pixels. */
import type { Fill } from '../../../compiler/program/view.ts';
import type { Pixels } from '../image/resample.ts';

export interface NumberPlane {
  readonly width: number;
  readonly height: number;
  readonly numbers: Int32Array;
}

/** Colours with three channels, or numbers of pixels. */
export type Picture = { readonly kind: 'colours'; readonly pixels: Pixels } | { readonly kind: 'numbers'; readonly plane: NumberPlane }; // prettier-ignore

export const sizeOf = (picture: Picture): { readonly width: number; readonly height: number } =>
  picture.kind === 'colours' ? picture.pixels : picture.plane;

/** A byte. */
export const clamp = (value: number): number => (value < 0 ? 0 : value > 255 ? 255 : Math.round(value));

/** A picture of another size whose pixel (x, y) is the pixel `from(x, y)`, or `fill` where that is none. */
export function moved(
  picture: Picture,
  width: number,
  height: number,
  from: (x: number, y: number) => number,
  fill: Fill,
  noise: (at: number) => number,
): Picture {
  if (picture.kind === 'numbers') {
    const numbers = new Int32Array(width * height);
    for (let y = 0; y < height; y++)
      for (let x = 0; x < width; x++) {
        const at = from(x, y);
        numbers[y * width + x] = at < 0 ? -1 : (picture.plane.numbers[at] ?? -1);
      }
    return { kind: 'numbers', plane: { width, height, numbers } };
  }
  const { data } = picture.pixels;
  const paint = painter(picture.pixels, fill, noise);
  const out = new Uint8Array(width * height * 3);
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      const [at, to] = [from(x, y), (y * width + x) * 3];
      for (let channel = 0; channel < 3; channel++) out[to + channel] = at < 0 ? paint(to + channel) : (data[at * 3 + channel] ?? 0); // prettier-ignore
    }
  return { kind: 'colours', pixels: { width, height, channels: 3, data: out } };
}

/** What stands where nothing is, by the place of a byte. */
export function painter(pixels: Pixels, fill: Fill, noise: (at: number) => number): (at: number) => number {
  if (fill === 'random') return (at) => Math.floor(noise(at) * 256);
  if (fill !== 'mean') return () => (fill === 'white' ? 255 : 0);
  const means = [0, 1, 2].map((channel) => meanOf(pixels, channel));
  return (at) => means[at % 3] ?? 0;
}

function meanOf({ data }: Pixels, channel: number): number {
  let sum = 0;
  for (let at = channel; at < data.length; at += 3) sum += data[at] ?? 0;
  return clamp(sum / Math.max(1, data.length / 3));
}
