import { invariant } from '../../../compiler/common/invariant.ts';
import type { Interpolation } from '../../../compiler/types/model-config.ts';
import { kernelsBase64 } from './resample-kernels-wasm.ts';

/** Pixels in rows, channels last. */
export interface Pixels {
  readonly width: number;
  readonly height: number;
  /** 1 to 4. */
  readonly channels: number;
  readonly data: Uint8Array;
}

/** The part of a picture that is wanted, inside of it. */
export interface Part {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/**
 * Pillow's resize, bit for bit: the kernel widened by the scale when it shrinks (so that it does not alias), 22-bit fixed-point weights, one
 * pass along rows and one along columns, 8-bit rounding after each; a pass that changes no size is skipped.
 * Of the resized picture only `part` is computed where it is given: a crop costs what it keeps.
 */
export function resizeSmooth(
  image: Pixels,
  width: number,
  height: number,
  part: Part = { left: 0, top: 0, width, height },
  interpolation: Interpolation = 'bicubic',
): Pixels {
  const { channels } = image;
  if (isDownFirst(image, width, height)) {
    const { left, top } = part;
    const low = resizeSmooth(image, image.width, height, { left: 0, top, width: image.width, height: part.height }, interpolation); // prettier-ignore
    return resizeSmooth(low, width, part.height, { left, top: 0, width: part.width, height: part.height }, interpolation); // prettier-ignore
  }
  const across = width === image.width ? undefined : tapsOf(interpolation, image.width, width, part.left, part.width);
  const down = height === image.height ? undefined : tapsOf(interpolation, image.height, height, part.top, part.height);
  const from = down?.start ?? part.top;
  const rows = (down?.end ?? part.top + part.height) - from;
  const stride = part.width * channels;
  if (across === undefined && down === undefined) return cropped(image, part);
  // a tile of the source, `rows` rows of the part's width between the passes, the result; behind each what taps that weigh nothing read
  const sourceStride = image.width * channels;
  const tile = Math.max(1, Math.min(rows, Math.floor(tileBytes / sourceStride)));
  const pairs = { across: across?.pairs ?? 0, down: down?.pairs ?? 0 };
  let end = 0;
  const place = (bytes: number): number => {
    const at = end;
    end = (end + bytes + margin) & ~15;
    return at;
  };
  const tables = {
    mask: place(16),
    acrossFirst: place(part.width * 4),
    acrossWeights: place(part.width * pairs.across * 8),
    downFirst: place(part.height * 4),
    downWeights: place(part.height * pairs.down * 8),
  };
  const source = place(across === undefined ? 0 : tile * sourceStride + 2 * pairs.across * channels);
  const between = place((rows + 2 * pairs.down) * stride);
  const result = place(part.height * stride);
  const { bytes, words, passes } = workspace(end);

  if (across === undefined) {
    for (let row = 0; row < rows; row++) {
      const at = ((from + row) * image.width + part.left) * channels;
      bytes.set(image.data.subarray(at, at + stride), between + row * stride);
    }
  } else {
    bytes.set(pairing(channels), tables.mask);
    words.set(across.weights, tables.acrossWeights / 4);
    for (let x = 0; x < part.width; x++) words[tables.acrossFirst / 4 + x] = (across.first[x] ?? 0) * channels;
    for (let row = 0; row < rows; row += tile) {
      const count = Math.min(tile, rows - row);
      const at = (from + row) * sourceStride;
      bytes.set(image.data.subarray(at, at + count * sourceStride), source);
      passes.across(source, count, sourceStride, between + row * stride, part.width, tables.acrossFirst, tables.acrossWeights, across.pairs, channels, tables.mask); // prettier-ignore
    }
  }
  if (down !== undefined) {
    words.set(down.weights, tables.downWeights / 4);
    for (let y = 0; y < part.height; y++) words[tables.downFirst / 4 + y] = ((down.first[y] ?? 0) - from) * stride;
    passes.down(between, stride, result, part.height, tables.downFirst, tables.downWeights, down.pairs);
  }
  const at = down === undefined ? between : result;
  return { width: part.width, height: part.height, channels, data: bytes.slice(at, at + part.height * stride) };
}

/** Since version 13 Pillow takes the columns first where they lose more than twice as many pixels as the rows; the rounding between differs. */
const isDownFirst = (image: Pixels, width: number, height: number): boolean =>
  width !== image.width && height < image.height && image.height - height > 2 * (image.width - width);

/** Pillow's resize of palette indices and bits: the pixel under the middle of each new one. */
export function resizeNearest(image: Pixels, width: number, height: number): Pixels {
  const { channels, data } = image;
  const across = nearest(image.width, width);
  const down = nearest(image.height, height);
  const out = new Uint8Array(width * height * channels);
  for (let y = 0, to = 0; y < height; y++) {
    const row = (down[y] ?? 0) * image.width;
    for (let x = 0; x < width; x++) {
      const at = (row + (across[x] ?? 0)) * channels;
      for (let channel = 0; channel < channels; channel++) out[to++] = data[at + channel] ?? 0;
    }
  }
  return { width, height, channels, data: out };
}

/** Added up as Pillow adds, so that places between two pixels fall to the same one. */
function nearest(from: number, to: number): Int32Array {
  const step = from / to;
  const places = new Int32Array(to);
  for (let index = 0, at = step * 0.5; index < to; index++, at += step) places[index] = Math.min(from - 1, Math.trunc(at)); // prettier-ignore
  return places;
}

/** A part of a picture as it is. */
export function cropped(image: Pixels, { left, top, width, height }: Part): Pixels {
  const { channels } = image;
  if (left === 0 && top === 0 && width === image.width && height === image.height) return image;
  const stride = width * channels;
  const data = new Uint8Array(stride * height);
  for (let y = 0; y < height; y++) {
    const at = ((top + y) * image.width + left) * channels;
    data.set(image.data.subarray(at, at + stride), y * stride);
  }
  return { width, height, channels, data };
}

// ── weights ──────────────────────────────────────────────────────────

interface Taps {
  /** Where the taps of each output begin. */
  readonly first: Int32Array;
  /** As the kernels read them: an even number of `pairs` for each output, 8 bytes each. */
  readonly weights: Int32Array;
  readonly pairs: number;
  /** The inputs that are read: from `start` up to, not including, `end`. */
  readonly start: number;
  readonly end: number;
}

const precisionBits = 22;

/** Sets of pictures have few sizes: the weights of the last ones are kept. */
const known = new Map<string, Taps>();
const mostKnown = 32;

function tapsOf(interpolation: Interpolation, from: number, to: number, begin: number, outputs: number): Taps {
  const key = `${interpolation} ${from} ${to} ${begin} ${outputs}`;
  const found = known.get(key);
  if (found !== undefined) return found;
  const taps = newTaps(kernels[interpolation], from, to, begin, outputs);
  const [oldest] = known.keys();
  if (known.size >= mostKnown && oldest !== undefined) known.delete(oldest);
  known.set(key, taps);
  return taps;
}

function newTaps({ reach: side, weigh }: Kernel, from: number, to: number, begin: number, outputs: number): Taps {
  const scale = from / to;
  const widen = Math.max(scale, 1);
  const support = side * widen;
  const reach = Math.ceil(support) * 2 + 1;
  // an even number of pairs: the kernel goes four pixels at a time
  const pairs = Math.ceil(reach / 4) * 2;
  const first = new Int32Array(outputs);
  const weights = new Int32Array(outputs * pairs * 2);
  const row = new Float64Array(reach);
  let end = 0;
  for (let output = 0; output < outputs; output++) {
    const centre = (begin + output + 0.5) * scale;
    const low = Math.max(0, Math.trunc(centre - support + 0.5));
    const high = Math.min(from, Math.trunc(centre + support + 0.5));
    let sum = 0;
    for (let tap = low; tap < high; tap++) {
      const weight = weigh((tap - centre + 0.5) / widen);
      row[tap - low] = weight;
      sum += weight;
    }
    for (let tap = 0; tap < high - low; tap++) {
      const exact = ((row[tap] ?? 0) / sum) * 2 ** precisionBits;
      const weight = Math.trunc(exact + (exact < 0 ? -0.5 : 0.5));
      // [high, high] and [low, low] of a pair of taps, the first in the lower half of its word
      const at = (output * pairs + (tap >> 1)) * 2;
      const shift = (tap & 1) * 16;
      weights[at] = (weights[at] ?? 0) | (((weight >> 11) & 0xffff) << shift);
      weights[at + 1] = (weights[at + 1] ?? 0) | ((weight & 0x7ff) << shift);
    }
    first[output] = low;
    end = Math.max(end, high);
  }
  return { first, weights, pairs, start: first[0] ?? 0, end };
}

/** Keys, "Cubic convolution interpolation for digital image processing", 1981, with a = −1/2. */
function cubic(x: number): number {
  const a = -0.5;
  const d = Math.abs(x);
  if (d < 1) return ((a + 2) * d - (a + 3)) * d * d + 1;
  if (d < 2) return (((d - 5) * d + 8) * d - 4) * a;
  return 0;
}

interface Kernel {
  /** Where it becomes 0, in pixels from its middle. */
  readonly reach: number;
  readonly weigh: (x: number) => number;
}

/** `bicubic`: Keys' with a = −1/2. `bilinear`: a triangle. */
const kernels: Readonly<Record<Interpolation, Kernel>> = {
  bicubic: { reach: 2, weigh: cubic },
  bilinear: { reach: 1, weigh: (x) => Math.max(0, 1 - Math.abs(x)) },
};

// ── passes ───────────────────────────────────────────────────────────

type Pass = (...operands: readonly number[]) => void;

interface Workspace {
  readonly memory: WebAssembly.Memory;
  readonly passes: { readonly across: Pass; readonly down: Pass };
  bytes: Uint8Array;
  words: Int32Array;
}

const pageBytes = 65_536;
/** So much of the source is copied at a time: it stays in the processor's cache. */
const tileBytes = 2 ** 18;
/** More than the kernels read or write behind an end. */
const margin = 64;
/** What a picture of unusual size took is given back. */
const keptBytes = 2 ** 26;

let kept: Workspace | undefined;
let compiled: WebAssembly.Module | undefined;

/** Resizing is synchronous: one workspace serves all pictures of a thread. */
function workspace(bytes: number): Workspace {
  if (kept === undefined || kept.bytes.length > Math.max(keptBytes, bytes)) kept = newWorkspace();
  const missing = bytes + margin - kept.bytes.length;
  if (missing > 0) {
    kept.memory.grow(Math.ceil(missing / pageBytes));
    kept.bytes = new Uint8Array(kept.memory.buffer);
    kept.words = new Int32Array(kept.memory.buffer);
  }
  return kept;
}

function newWorkspace(): Workspace {
  compiled ??= new WebAssembly.Module(Buffer.from(kernelsBase64, 'base64'));
  const memory = new WebAssembly.Memory({ initial: 16 });
  const { exports } = new WebAssembly.Instance(compiled, { host: { memory } });
  const pass = (name: string): Pass => {
    const found = exports[name];
    invariant(typeof found === 'function', `resample-kernels.wat exports ${name}`);
    return found as Pass;
  };
  const passes = { across: pass('across'), down: pass('down') };
  return { memory, passes, bytes: new Uint8Array(memory.buffer), words: new Int32Array(memory.buffer) };
}

/** The bytes of four pixels, channel by channel those of the first two side by side, then those of the other two. */
function pairing(channels: number): Uint8Array {
  const nothing = 0x80;
  return Uint8Array.from({ length: 16 }, (_, byte) => {
    const channel = (byte >> 1) & 3;
    return channel < channels ? ((byte >> 3) * 2 + (byte & 1)) * channels + channel : nothing;
  });
}
