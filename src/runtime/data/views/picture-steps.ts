/**
 * Operations of pictures, on bytes: each is a function of the picture and of what the dice say, so that two columns with the same dice move
 * together. Numbers of pixels (masks, depth) are moved by the nearest pixel and never mixed; −1 in them is unknown.
 */
import { unreachable } from '../../../compiler/common/invariant.ts';
import type { Bounds, Fill, PictureStep } from '../../../compiler/program/view.ts';
import { resizeSmooth, type Pixels } from '../image/resample.ts';
import type { Dice } from './dice.ts';
import { clamp, moved, sizeOf, type Picture } from './picture.ts';
import { drawnCorners, onCard, rotated } from './picture-warps.ts';
import { randAugmentation } from './rand-augment.ts';

/** Frames of a film, or one picture: one draw for all of them. `noise` fills what is erased at random. */
export interface PictureSite {
  readonly dice: Dice;
  readonly noise: (at: number) => number;
  /** In an evaluation a window is the middle one and a frame the one that is named. */
  readonly still: boolean;
}

export function doPictureStep(frames: readonly Picture[], step: PictureStep, site: PictureSite): readonly Picture[] {
  const { dice, noise, still } = site;
  const [first] = frames;
  const { width, height } = first === undefined ? { width: 0, height: 0 } : sizeOf(first);
  const all = (change: (picture: Picture) => Picture): readonly Picture[] => frames.map(change);
  switch (step.kind) {
    case 'crop': {
      const window = cropWindow(width, height, step.area, step.aspect, dice);
      return all((picture) => resized(cut(picture, window, 'black', noise), width, height));
    }
    case 'window': {
      const [spareX, spareY] = [width - step.width, height - step.height];
      // a larger window than the picture lies around it
      const place = (spare: number): number => (still ? Math.trunc(spare / 2) : spare >= 0 ? dice.whole(spare + 1) : -dice.whole(1 - spare)); // prettier-ignore
      const drawn = (): Window => ({ left: place(spareX), top: place(spareY), width: step.width, height: step.height });
      const window = balanced(frames, drawn, still ? undefined : step.mostOfOne);
      return all((picture) => cut(picture, window, step.fill, noise));
    }
    case 'multi_scale_crop': {
      const window = scaledWindow(width, height, step.scales, dice);
      return all((picture) => resized(cut(picture, window, 'black', noise), width, height));
    }
    case 'rand_augment': {
      const change = randAugmentation(step.count, step.strength, dice);
      return all(colours(change));
    }
    case 'scale': {
      const factor = dice.between(step.factor);
      return all((picture) => resized(picture, Math.max(1, Math.round(width * factor)), Math.max(1, Math.round(height * factor)))); // prettier-ignore
    }
    case 'flip':
      return dice.happens(step.chance) ? all((picture) => flipped(picture, step.along)) : frames;
    case 'jitter': {
      if (!dice.happens(step.chance)) return frames;
      const [brightness, contrast, saturation] = [step.brightness, step.contrast, step.saturation].map((bounds) => dice.between(bounds)); // prettier-ignore
      const turn = dice.between(step.hue);
      const changes = [
        (pixels: Pixels) => brightened(pixels, brightness ?? 1),
        (pixels: Pixels) => contrasted(pixels, contrast ?? 1),
        (pixels: Pixels) => saturated(pixels, saturation ?? 1),
        (pixels: Pixels) => hueTurned(pixels, turn),
      ];
      const isDrawn = [step.brightness, step.contrast, step.saturation, step.hue].some(([low, high]) => low !== high);
      const order = isDrawn ? dice.order(changes.length) : [0, 1, 2, 3];
      return all(colours((pixels) => order.reduce((result, at) => changes[at]?.(result) ?? result, pixels)));
    }
    case 'blur': {
      if (!dice.happens(step.chance)) return frames;
      const sigma = dice.between(step.sigma);
      return all(colours((pixels) => blurred(pixels, sigma)));
    }
    case 'gray':
      return dice.happens(step.chance) ? all(colours((pixels) => saturated(pixels, 0))) : frames;
    case 'rotate': {
      if (!dice.happens(step.chance)) return frames;
      const angle = dice.between(step.angle);
      return all((picture) => rotated(picture, angle, step.fill, noise));
    }
    case 'perspective': {
      if (!dice.happens(step.chance)) return frames;
      const corners = drawnCorners(step.distortion, dice);
      return all((picture) => onCard(picture, corners, step.fill, noise));
    }
    case 'erase': {
      if (!dice.happens(step.chance)) return frames;
      const window = cropWindow(width, height, step.area, step.aspect, dice);
      return all((picture) => painted(picture, window, step.fill, noise));
    }
    case 'cutout': {
      if (!dice.happens(step.chance)) return frames;
      const side = Math.round(step.side * Math.min(width, height));
      const [left, top] = [dice.whole(width) - Math.floor(side / 2), dice.whole(height) - Math.floor(side / 2)];
      return all((picture) => painted(picture, { left, top, width: side, height: side }, step.fill, noise));
    }
    case 'frame': {
      const at = { first: 0, middle: Math.floor(frames.length / 2), last: frames.length - 1 }[step.test];
      const chosen = frames[still ? at : dice.whole(Math.max(1, frames.length))];
      return chosen === undefined ? [] : [chosen];
    }
    default:
      return unreachable(step);
  }
}

export interface Window {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/** Of ten windows the first that shows several classes and none in too large a share; the last one if none does. */
function balanced(frames: readonly Picture[], drawn: () => Window, mostOfOne: number | undefined): Window {
  let window = drawn();
  const mask = frames.find((picture) => picture.kind === 'numbers');
  if (mostOfOne === undefined || mask?.kind !== 'numbers') return window;
  for (let attempt = 1; attempt < 10; attempt++) {
    const counts = new Map<number, number>();
    for (let y = Math.max(0, window.top); y < Math.min(mask.plane.height, window.top + window.height); y++)
      for (let x = Math.max(0, window.left); x < Math.min(mask.plane.width, window.left + window.width); x++) {
        const number = mask.plane.numbers[y * mask.plane.width + x] ?? -1;
        if (number >= 0) counts.set(number, (counts.get(number) ?? 0) + 1);
      }
    const total = [...counts.values()].reduce((sum, count) => sum + count, 0);
    if (counts.size > 1 && Math.max(...counts.values()) < mostOfOne * total) return window;
    window = drawn();
  }
  return window;
}

/** Corners, middles of the sides, the middle, and halfway between it and the corners. */
const thirteen = [
  [0, 0], [4, 0], [0, 4], [4, 4], [2, 2], [0, 2], [4, 2], [2, 4], [2, 0], [1, 1], [3, 1], [1, 3], [3, 3],
] as const; // prettier-ignore

/** Of the pairs of scales that are neighbours or one, and of thirteen places, one (Wang et al., "Temporal Segment Networks", 2016). */
function scaledWindow(width: number, height: number, scales: readonly number[], dice: Dice): Window {
  const pairs = scales.flatMap((w, i) => scales.flatMap((h, j) => (Math.abs(i - j) <= 1 ? [[w, h] as const] : [])));
  const [across, down] = pairs[dice.whole(pairs.length)] ?? [1, 1];
  const [x, y] = thirteen[dice.whole(thirteen.length)] ?? [2, 2];
  const [w, h] = [Math.max(1, Math.round(width * across)), Math.max(1, Math.round(height * down))];
  return { left: Math.floor(((width - w) * x) / 4), top: Math.floor(((height - h) * y) / 4), width: w, height: h };
}

/** torchvision's draw: a share of the area and a ratio, ten times; then the largest part in the middle whose ratio is allowed. */
function cropWindow(width: number, height: number, area: Bounds, aspect: Bounds, dice: Dice): Window {
  for (let attempt = 0; attempt < 10; attempt++) {
    const wanted = width * height * dice.between(area);
    const ratio = dice.ratio(aspect) * (aspect[0] === 1 && aspect[1] === 1 ? width / height : 1);
    const [w, h] = [Math.round(Math.sqrt(wanted * ratio)), Math.round(Math.sqrt(wanted / ratio))];
    if (w < 1 || h < 1 || w > width || h > height) continue;
    const top = dice.whole(height - h + 1);
    return { left: dice.whole(width - w + 1), top, width: w, height: h };
  }
  const ratio = width / height;
  const w = ratio > aspect[1] ? Math.round(height * aspect[1]) : width;
  const h = ratio < aspect[0] ? Math.round(width / aspect[0]) : height;
  return { left: Math.floor((width - w) / 2), top: Math.floor((height - h) / 2), width: w, height: h };
}

/** A change of colours leaves numbers alone. */
const colours = (change: (pixels: Pixels) => Pixels) => (picture: Picture): Picture =>
  picture.kind === 'colours' ? { kind: 'colours', pixels: change(picture.pixels) } : picture; // prettier-ignore

function cut(picture: Picture, window: Window, fill: Fill, noise: (at: number) => number): Picture {
  const { width, height } = sizeOf(picture);
  return moved(picture, window.width, window.height, (x, y) => {
    const [fromX, fromY] = [x + window.left, y + window.top];
    return fromX < 0 || fromY < 0 || fromX >= width || fromY >= height ? -1 : fromY * width + fromX;
  }, fill, noise); // prettier-ignore
}

function painted(picture: Picture, window: Window, fill: Fill, noise: (at: number) => number): Picture {
  const { width, height } = sizeOf(picture);
  return moved(picture, width, height, (x, y) => {
    const inside = x >= window.left && x < window.left + window.width && y >= window.top && y < window.top + window.height; // prettier-ignore
    return inside ? -1 : y * width + x;
  }, fill, noise); // prettier-ignore
}

function flipped(picture: Picture, along: 'width' | 'height'): Picture {
  const { width, height } = sizeOf(picture);
  const from = (x: number, y: number): number => along === 'width' ? y * width + (width - 1 - x) : (height - 1 - y) * width + x; // prettier-ignore
  return moved(picture, width, height, from, 'black', () => 0);
}

/** Pillow's bicubic for colours, the nearest pixel for numbers. */
function resized(picture: Picture, width: number, height: number): Picture {
  const own = sizeOf(picture);
  if (own.width === width && own.height === height) return picture;
  if (picture.kind === 'colours') return { kind: 'colours', pixels: resizeSmooth(picture.pixels, width, height) };
  const from = (x: number, y: number): number => Math.floor(((y + 0.5) * own.height) / height) * own.width + Math.floor(((x + 0.5) * own.width) / width); // prettier-ignore
  return moved(picture, width, height, from, 'black', () => 0);
}

// ── colours ──────────────────────────────────────────────────────────

const brightened = (pixels: Pixels, factor: number): Pixels => (factor === 1 ? pixels : mapped(pixels, (value) => value * factor)); // prettier-ignore

/** Away from the mean grey of the picture. */
function contrasted(pixels: Pixels, factor: number): Pixels {
  if (factor === 1) return pixels;
  let sum = 0;
  for (let at = 0; at < pixels.data.length; at += 3) sum += lumaAt(pixels, at);
  const mean = Math.round(sum / Math.max(1, pixels.data.length / 3));
  return mapped(pixels, (value) => mean + factor * (value - mean));
}

/** Away from the grey of each pixel; 0 is the grey picture. */
function saturated(pixels: Pixels, factor: number): Pixels {
  if (factor === 1) return pixels;
  return mapped(pixels, (value, at) => {
    const grey = lumaAt(pixels, at - (at % 3));
    return grey + factor * (value - grey);
  });
}

function mapped(pixels: Pixels, change: (value: number, at: number) => number): Pixels {
  return { ...pixels, data: pixels.data.map((value, at) => clamp(change(value, at))) };
}

/** ITU-R 601-2 in Pillow's fixed point. */
function lumaAt({ data }: Pixels, at: number): number {
  return ((data[at] ?? 0) * 19595 + (data[at + 1] ?? 0) * 38470 + (data[at + 2] ?? 0) * 7471 + 0x8000) >> 16;
}

/** The hue turned by a share of the circle, saturation and value as they were. */
function hueTurned(pixels: Pixels, turn: number): Pixels {
  if (turn === 0) return pixels;
  const data = new Uint8Array(pixels.data.length);
  for (let at = 0; at < data.length; at += 3) {
    const [r, g, b] = [pixels.data[at] ?? 0, pixels.data[at + 1] ?? 0, pixels.data[at + 2] ?? 0];
    const [high, low] = [Math.max(r, g, b), Math.min(r, g, b)];
    const spread = high - low;
    const own = spread === 0 ? 0 : high === r ? (g - b) / spread : high === g ? 2 + (b - r) / spread : 4 + (r - g) / spread; // prettier-ignore
    const hue = (((own / 6 + turn) % 1) + 1) % 1;
    for (let channel = 0; channel < 3; channel++) {
      // A. R. Smith 1978, as one formula for all channels
      const k = ([5, 3, 1][channel] ?? 0) + hue * 6;
      const share = Math.max(0, Math.min(k % 6, 4 - (k % 6), 1));
      data[at + channel] = clamp(high - spread * share);
    }
  }
  return { ...pixels, data };
}

/** A Gaussian along each side, cut at three deviations; at the border the outermost pixel goes on. */
function blurred(pixels: Pixels, sigma: number): Pixels {
  if (sigma === 0) return pixels;
  const { width, height } = pixels;
  const reach = Math.ceil(3 * sigma);
  const weights = Array.from({ length: 2 * reach + 1 }, (_, k) => Math.exp(-((k - reach) ** 2) / (2 * sigma ** 2)));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const pass = (source: ArrayLike<number>, stepX: number, stepY: number): Float64Array => {
    const out = new Float64Array(source.length);
    for (let y = 0; y < height; y++)
      for (let x = 0; x < width; x++)
        for (let channel = 0; channel < 3; channel++) {
          let sum = 0;
          for (let k = -reach; k <= reach; k++) {
            const px = Math.min(width - 1, Math.max(0, x + k * stepX));
            const py = Math.min(height - 1, Math.max(0, y + k * stepY));
            sum += (weights[k + reach] ?? 0) * (source[(py * width + px) * 3 + channel] ?? 0);
          }
          out[(y * width + x) * 3 + channel] = sum / total;
        }
    return out;
  };
  const result = pass(pass(pixels.data, 1, 0), 0, 1);
  return { ...pixels, data: Uint8Array.from(result, clamp) };
}
