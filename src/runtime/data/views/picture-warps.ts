/** Pictures seen from elsewhere: colours between pixels are mixed of the four around them, numbers are those of the nearest pixel. */
import type { Fill } from '../../../compiler/program/view.ts';
import type { Dice } from './dice.ts';
import { clamp, moved, painter, sizeOf, type Picture } from './picture.ts';

/** Where a pixel comes from, in pixels; undefined where it comes from nowhere. */
type Source = (x: number, y: number) => readonly [number, number] | undefined;

/** Counter-clockwise around the middle. */
export function rotated(picture: Picture, angle: number, fill: Fill, noise: (at: number) => number): Picture {
  const { width, height } = sizeOf(picture);
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  const [middleX, middleY] = [(width - 1) / 2, (height - 1) / 2];
  return warped(picture, (x, y) => [
    cos * (x - middleX) - sin * (y - middleY) + middleX,
    sin * (x - middleX) + cos * (y - middleY) + middleY,
  ], fill, noise); // prettier-ignore
}

/** The corners of a card, in shares of the picture: (0, 0), (1, 0), (1, 1), (0, 1), each moved inwards by up to `distortion` of half its side. */
export function drawnCorners(distortion: number, dice: Dice): readonly (readonly [number, number])[] {
  const inwards = (from: number): number => Math.abs(from - (dice.uniform() * distortion) / 2);
  return [[0, 0], [1, 0], [1, 1], [0, 1]].map(([x = 0, y = 0]) => [inwards(x), inwards(y)] as const); // prettier-ignore
}

/**
 * The picture on a card with these corners: the homography of the unit square to them (Heckbert, "Fundamentals of Texture Mapping and Image
 * Warping", 1989, 2.2.3), undone by its adjugate.
 */
export function onCard(
  picture: Picture,
  corners: readonly (readonly [number, number])[],
  fill: Fill,
  noise: (at: number) => number,
): Picture {
  const { width, height } = sizeOf(picture);
  const [[x0, y0] = [0, 0], [x1, y1] = [1, 0], [x2, y2] = [1, 1], [x3, y3] = [0, 1]] = corners;
  const [dx1, dx2, sx] = [x1 - x2, x3 - x2, x0 - x1 + x2 - x3];
  const [dy1, dy2, sy] = [y1 - y2, y3 - y2, y0 - y1 + y2 - y3];
  const whole = dx1 * dy2 - dx2 * dy1;
  const [g, h] = [(sx * dy2 - dx2 * sy) / whole, (dx1 * sy - sx * dy1) / whole];
  const [a, b, c] = [x1 - x0 + g * x1, x3 - x0 + h * x3, x0];
  const [d, e, f] = [y1 - y0 + g * y1, y3 - y0 + h * y3, y0];
  return warped(picture, (column, row) => {
    const [x, y] = [(column + 0.5) / width, (row + 0.5) / height];
    const depth = (d * h - e * g) * x + (b * g - a * h) * y + a * e - b * d;
    // behind the eye there is nothing
    if (depth <= 1e-6) return undefined;
    const across = ((e - f * h) * x + (c * h - b) * y + b * f - c * e) / depth;
    const down = ((f * g - d) * x + (a - c * g) * y + c * d - a * f) / depth;
    return [across * width - 0.5, down * height - 0.5];
  }, fill, noise); // prettier-ignore
}

function warped(picture: Picture, source: Source, fill: Fill, noise: (at: number) => number): Picture {
  const { width, height } = sizeOf(picture);
  if (picture.kind === 'numbers') {
    return moved(picture, width, height, (x, y) => {
      const [fromX, fromY] = source(x, y)?.map(Math.round) ?? [];
      const isOutside = fromX === undefined || fromY === undefined || fromX < 0 || fromY < 0 || fromX >= width || fromY >= height; // prettier-ignore
      return isOutside ? -1 : fromY * width + fromX;
    }, fill, noise); // prettier-ignore
  }
  const { data } = picture.pixels;
  const paint = painter(picture.pixels, fill, noise);
  const out = new Uint8Array(width * height * 3);
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      const [fromX, fromY] = source(x, y) ?? [-2, -2];
      const [left, top] = [Math.floor(fromX), Math.floor(fromY)];
      const [right, down] = [fromX - left, fromY - top];
      for (let channel = 0; channel < 3; channel++) {
        const to = (y * width + x) * 3 + channel;
        const at = (dx: number, dy: number): number => {
          const [px, py] = [left + dx, top + dy];
          return px < 0 || py < 0 || px >= width || py >= height ? paint(to) : (data[(py * width + px) * 3 + channel] ?? 0); // prettier-ignore
        };
        const upper = at(0, 0) * (1 - right) + at(1, 0) * right;
        const lower = at(0, 1) * (1 - right) + at(1, 1) * right;
        out[to] = clamp(upper * (1 - down) + lower * down);
      }
    }
  return { kind: 'colours', pixels: { width, height, channels: 3, data: out } };
}
