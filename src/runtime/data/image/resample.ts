/** Pixels in rows, channels last. */
export interface Pixels {
  readonly width: number;
  readonly height: number;
  readonly channels: number;
  readonly data: Uint8Array;
}

/**
 * Pillow's bicubic resize, bit for bit: Keys' kernel with a = −0.5, widened by the scale when it shrinks (so that it
 * does not alias), 22-bit fixed-point weights, horizontal pass first, 8-bit rounding after each; a pass that changes no size is skipped.
 */
export function resizeBicubic(image: Pixels, width: number, height: number): Pixels {
  const across = width === image.width ? image : resampleRows(image, width);
  return height === image.height ? across : resampleColumns(across, height);
}

interface Taps {
  readonly first: Int32Array;
  readonly count: Int32Array;
  /** `reach` weights for each output. */
  readonly weights: Int32Array;
  readonly reach: number;
}

const precisionBits = 22;

function tapsOf(from: number, to: number): Taps {
  const scale = from / to;
  const widen = Math.max(scale, 1);
  const support = 2 * widen;
  const reach = Math.ceil(support) * 2 + 1;
  const first = new Int32Array(to);
  const count = new Int32Array(to);
  const weights = new Int32Array(to * reach);
  const row = new Float64Array(reach);
  for (let output = 0; output < to; output++) {
    const centre = (output + 0.5) * scale;
    const low = Math.max(0, Math.trunc(centre - support + 0.5));
    const high = Math.min(from, Math.trunc(centre + support + 0.5));
    let sum = 0;
    for (let tap = low; tap < high; tap++) {
      const weight = cubic((tap - centre + 0.5) / widen);
      row[tap - low] = weight;
      sum += weight;
    }
    for (let tap = 0; tap < high - low; tap++) {
      const exact = ((row[tap] ?? 0) / sum) * 2 ** precisionBits;
      weights[output * reach + tap] = Math.trunc(exact + (exact < 0 ? -0.5 : 0.5));
    }
    first[output] = low;
    count[output] = high - low;
  }
  return { first, count, weights, reach };
}

/** Keys, "Cubic convolution interpolation for digital image processing", 1981, with a = −1/2. */
function cubic(x: number): number {
  const a = -0.5;
  const d = Math.abs(x);
  if (d < 1) return ((a + 2) * d - (a + 3)) * d * d + 1;
  if (d < 2) return (((d - 5) * d + 8) * d - 4) * a;
  return 0;
}

function resampleRows(image: Pixels, width: number): Pixels {
  const { height, channels, data } = image;
  const { first, count, weights, reach } = tapsOf(image.width, width);
  const out = new Uint8Array(width * height * channels);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const low = first[x] ?? 0;
      const taps = count[x] ?? 0;
      for (let channel = 0; channel < channels; channel++) {
        let sum = 1 << (precisionBits - 1);
        let at = (y * image.width + low) * channels + channel;
        for (let tap = 0; tap < taps; tap++, at += channels) sum += (data[at] ?? 0) * (weights[x * reach + tap] ?? 0);
        out[(y * width + x) * channels + channel] = clamp(sum >> precisionBits);
      }
    }
  }
  return { width, height, channels, data: out };
}

function resampleColumns(image: Pixels, height: number): Pixels {
  const { width, channels, data } = image;
  const { first, count, weights, reach } = tapsOf(image.height, height);
  const stride = width * channels;
  const out = new Uint8Array(stride * height);
  for (let y = 0; y < height; y++) {
    const low = first[y] ?? 0;
    const taps = count[y] ?? 0;
    for (let x = 0; x < stride; x++) {
      let sum = 1 << (precisionBits - 1);
      for (let tap = 0; tap < taps; tap++)
        sum += (data[(low + tap) * stride + x] ?? 0) * (weights[y * reach + tap] ?? 0);
      out[y * stride + x] = clamp(sum >> precisionBits);
    }
  }
  return { width, height, channels, data: out };
}

function clamp(value: number): number {
  return value < 0 ? 0 : value > 255 ? 255 : value;
}
