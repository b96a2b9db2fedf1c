import { readFileSync } from 'node:fs';
import sharp, { type SharpOptions } from 'sharp';
import { describe, expect, test } from 'vitest';
import { pictureMode } from '../../../../src/runtime/data/image/picture-mode.ts';
import { decodeImage, decodePixels, fitImage } from '../../../../src/runtime/data/image/decode.ts';
import { cropped, resizeSmooth, type Pixels } from '../../../../src/runtime/data/image/resample.ts';
import { clipStatistics } from '../../../../src/compiler/types/model-config.ts';
import { readSafetensors } from '../../../support/safetensors.ts';

const folder = `${process.env['CLIPX_ORACLES'] ?? 'test/oracles'}/preprocess`;
const index = JSON.parse(readFileSync(`${folder}/index.json`, 'utf8')) as Record<
  string,
  { readonly file: string; readonly mode: string }
>;
const pixels = readSafetensors(`${folder}/pixels.safetensors`);
const expected = readSafetensors(`${folder}/expected.safetensors`);

function bytesOf(name: string): { readonly shape: readonly number[]; readonly bytes: Uint8Array } {
  const tensor = pixels.get(name);
  if (tensor === undefined) throw new Error(`no tensor ${name}`);
  return { shape: tensor.shape, bytes: Uint8Array.from(tensor.data) };
}

const worst = (a: Uint8Array, b: Uint8Array): number =>
  a.reduce((most, value, at) => Math.max(most, Math.abs(value - (b[at] ?? 0))), 0);

const mean = (a: Uint8Array, b: Uint8Array): number =>
  a.reduce((sum, value, at) => sum + Math.abs(value - (b[at] ?? 0)), 0) / a.length;

describe('resizeSmooth', () => {
  test.each([
    [[0, 0, 0, 0, 255, 255, 255, 255], 4, [0, 17, 238, 255]],
    [[0, 0, 0, 0, 255, 255, 255, 255], 5, [0, 0, 128, 255, 255]],
    [[0, 50, 200, 255], 8, [0, 6, 29, 83, 167, 222, 248, 255]],
  ])('%j to %i pixels, along a row and along a column', (values, size, expected) => {
    const data = Uint8Array.from(values);
    expect([...resizeSmooth({ width: data.length, height: 1, channels: 1, data }, size, 1).data]).toEqual(expected);
    expect([...resizeSmooth({ width: 1, height: data.length, channels: 1, data }, 1, size).data]).toEqual(expected);
  });
});

/** Pillow's `Resample.c`, plainly: one number after the other, the whole picture. */
function plainBicubic(image: Pixels, width: number, height: number): Uint8Array {
  // since version 13 what loses far more rows than columns loses its rows first
  if (width !== image.width && image.height - height > Math.max(0, 2 * (image.width - width))) {
    const data = plainBicubic(image, image.width, height);
    return plainBicubic({ ...image, height, data }, width, height);
  }
  const cubic = (x: number): number =>
    x < 1 ? (1.5 * x - 2.5) * x * x + 1 : x < 2 ? (((x - 5) * x + 8) * x - 4) * -0.5 : 0;
  const { channels } = image;
  const pass = (
    from: number,
    to: number,
    lines: number,
    read: (line: number, at: number, channel: number) => number,
  ): Uint8Array => {
    const out = new Uint8Array(lines * to * channels);
    const scale = from / to;
    const widen = Math.max(scale, 1);
    for (let place = 0; place < to; place++) {
      const centre = (place + 0.5) * scale;
      const low = Math.max(0, Math.trunc(centre - 2 * widen + 0.5));
      const high = Math.min(from, Math.trunc(centre + 2 * widen + 0.5));
      const taps = Array.from({ length: high - low }, (_, tap) => cubic(Math.abs((low + tap - centre + 0.5) / widen)));
      const total = taps.reduce((sum, weight) => sum + weight, 0);
      const whole = taps.map((weight) => Math.sign(weight) * Math.trunc(Math.abs(weight / total) * 2 ** 22 + 0.5));
      for (let line = 0; line < lines; line++) {
        for (let channel = 0; channel < channels; channel++) {
          const sum = whole.reduce((found, weight, tap) => found + weight * read(line, low + tap, channel), 2 ** 21);
          out[(line * to + place) * channels + channel] = Math.min(255, Math.max(0, Math.floor(sum / 2 ** 22)));
        }
      }
    }
    return out;
  };
  const across =
    width === image.width
      ? image.data
      : pass(
          image.width,
          width,
          image.height,
          (y, x, channel) => image.data[(y * image.width + x) * channels + channel] ?? 0,
        );
  if (height === image.height) return Uint8Array.from(across);
  const turned = pass(
    image.height,
    height,
    width,
    (x, y, channel) => across[(y * width + x) * channels + channel] ?? 0,
  );
  const out = new Uint8Array(width * height * channels);
  for (let x = 0; x < width; x++)
    for (let y = 0; y < height; y++)
      for (let channel = 0; channel < channels; channel++)
        out[(y * width + x) * channels + channel] = turned[(x * height + y) * channels + channel] ?? 0;
  return out;
}

describe('the kernels', () => {
  test('give what the plain sums give, of any size, number of channels and part', () => {
    let state = 7;
    const random = (most: number): number => {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
      return Math.floor((state / 2 ** 32) * most);
    };
    for (let round = 0; round < 60; round++) {
      const [width, height, channels] = [1 + random(90), 1 + random(90), 1 + random(4)];
      const image = { width, height, channels, data: Uint8Array.from({ length: width * height * channels }, () => (random(3) === 0 ? 255 * random(2) : random(256))) };
      const to = { width: 1 + random(70), height: random(4) === 0 ? height : 1 + random(70) };
      const plain = plainBicubic(image, to.width, to.height);
      const found = resizeSmooth(image, to.width, to.height);
      expect(found.data).toEqual(plain);
      const left = random(to.width);
      const top = random(to.height);
      const part = { left, top, width: 1 + random(to.width - left), height: 1 + random(to.height - top) };
      expect(resizeSmooth(image, to.width, to.height, part)).toEqual(cropped(found, part));
    }
  });
}); // prettier-ignore

describe('the pictures of the preprocessing oracle', () => {
  test.each(Object.entries(index))('%s decodes to its pixels', async (name, { file, mode }) => {
    const expected = bytesOf(`${name}/decoded`);
    const decoded = await decodePixels(readFileSync(`${folder}/${file}`));
    expect([decoded.height, decoded.width, decoded.channels]).toEqual(expected.shape);
    // Transparent pixels: Pillow drops the alpha, we lay the picture on white.
    if (mode === 'RGBA') return;
    expect(worst(decoded.data, expected.bytes)).toBeLessThanOrEqual(/jpe?g$/.test(file) ? 4 : 0);
  });

  test.each(Object.entries(index))("%s is prepared as by CLIP's own code, and as by transformers'", async (name, { file, mode }) => {
    const bytes = readFileSync(`${folder}/${file}`);
    for (const [preprocess, tensor] of [['clip', 'crop'], ['huggingface', 'crop_rgb_first_floor']] as const) {
      const crop = bytesOf(`${name}/${tensor}`);
      const [height = 0, width = 0] = crop.shape;
      const found = await decodeImage(bytes, { height, width, fit: 'cover', preprocess });
      expect(found.length).toBe(crop.bytes.length);
      // equal to the bit, but for what decoders of JPEG differ by
      expect(worst(found, crop.bytes)).toBeLessThanOrEqual(/jpe?g$/.test(file) ? 1 : 0);
      expect(mean(found, crop.bytes)).toBeLessThan(0.05);
      // where nothing is transparent, and nothing but RGB, white is the same as CLIP
      if (mode !== 'RGB' && mode !== 'L') continue;
      const white = await decodeImage(bytes, { height, width, fit: 'cover' });
      if (preprocess === 'clip') expect(worst(white, found)).toBe(0);
    }
  }); // prettier-ignore

  test.each(Object.keys(index))('%s normalised is what CLIP is given', async (name) => {
    const wanted = expected.get(name);
    if (wanted === undefined) throw new Error(`no tensor ${name}`);
    const [, height = 0, width = 0] = wanted.shape;
    const bytes = readFileSync(`${folder}/${index[name]?.file ?? ''}`);
    const found = await decodeImage(bytes, { height, width, fit: 'cover', preprocess: 'clip' });
    const { mean: means, deviation } = clipStatistics;
    let [most, sum] = [0, 0];
    for (let channel = 0; channel < 3; channel++) {
      for (let pixel = 0; pixel < height * width; pixel++) {
        const value = ((found[pixel * 3 + channel] ?? 0) / 255 - (means[channel] ?? 0)) / (deviation[channel] ?? 1);
        const difference = Math.abs(value - (wanted.data[channel * height * width + pixel] ?? 0)) * (deviation[channel] ?? 1);
        most = Math.max(most, difference);
        sum += difference;
      }
    }
    // in levels of 1/255
    expect(most * 255).toBeLessThan(1 + 1e-3);
    expect((sum / found.length) * 255).toBeLessThan(0.05);
  }); // prettier-ignore
});

describe('files that hold more than RGB', () => {
  const size = { height: 8, width: 8, fit: 'cover', preprocess: 'clip' } as const;
  /** Grey 16 × 16: black and white in turn, by columns. */
  const stripes = Uint8Array.from({ length: 256 }, (_, at) => (at % 2 === 0 ? 0 : 255));

  test('bits are not mixed', async () => {
    const palette = await sharp(stripes, { raw: { width: 16, height: 16, channels: 1 } }).png({ palette: true }).toBuffer();
    const grey = await sharp(stripes, { raw: { width: 16, height: 16, channels: 1 } }).png().toBuffer();
    expect(pictureMode(palette)).toBe('indexed');
    // Pillow's nearest neighbour takes the second of two
    expect(new Set(await decodeImage(palette, size))).toEqual(new Set([255]));
    expect(pictureMode(grey)).toBe('opaque');
    expect(new Set(await decodeImage(grey, size)).has(255)).toBe(false);
    const oneBit = Uint8Array.from(grey);
    // the header of a PNG of one bit
    oneBit[24] = 1;
    oneBit[25] = 0;
    expect(pictureMode(oneBit)).toBe('indexed');
  });

  test.each(['white', 'clip', 'huggingface', 'torchvision'] as const)('grey of 16 bits is read by its upper eight (%s), where Pillow would give white', async (preprocess) => {
    const deep = Uint16Array.from({ length: 64 }, (_, at) => at * 1040);
    const file = await sharp(deep, { raw: { width: 8, height: 8, channels: 1, depth: 'ushort' } } as SharpOptions).toColourspace('grey16').png().toBuffer();
    expect([...file.subarray(24, 26)]).toEqual([16, 0]);
    const found = await decodeImage(file, { ...size, preprocess });
    expect([...found].filter((_, at) => at % 3 === 0)).toEqual([...deep].map((value) => value >> 8));
  });

  test('a colour profile is left alone, as Pillow leaves it', async () => {
    const raw = sharp({ create: { width: 8, height: 8, channels: 3, background: { r: 20, g: 200, b: 90 } } });
    const wide = await raw.withIccProfile('p3', { attach: true }).png().toBuffer();
    const stored = await sharp(wide, { ignoreIcc: true }).raw().toBuffer();
    expect(Uint8Array.from(await decodeImage(wide, size))).toEqual(Uint8Array.from(stored));
    expect(await decodeImage(wide, { ...size, preprocess: 'white' }).then((data) => Uint8Array.from(data))).not.toEqual(Uint8Array.from(stored));
  });

  test('the headers of WebP say whether there is opacity', async () => {
    const picture = (channels: 3 | 4) => sharp({ create: { width: 8, height: 8, channels, background: { r: 20, g: 200, b: 90, alpha: 0.5 } } });
    for (const lossless of [true, false]) {
      expect(pictureMode(await picture(4).webp({ lossless }).toBuffer())).toBe('alpha');
      expect(pictureMode(await picture(3).webp({ lossless }).toBuffer())).toBe('opaque');
    }
  });
}); // prettier-ignore

describe('decodeImage', () => {
  test('lays a transparent picture on white', async () => {
    const half = await sharp({
      create: { width: 4, height: 4, channels: 4, background: { r: 0, g: 0, b: 0, alpha: 0.5 } },
    })
      .png()
      .toBuffer();
    const data = await decodeImage(half, { height: 4, width: 4, fit: 'stretch' });
    expect([...new Set(data)].every((value) => Math.abs(value - 127) <= 1)).toBe(true);
  });

  test('crops at the half rounded to even, pads with white, or stretches', () => {
    // Columns are numbered by their grey value; five too many crop at 2 (half-even), not at 3.
    const image = { width: 9, height: 4, channels: 1, data: Uint8Array.from({ length: 36 }, (_, at) => at % 9) };
    expect(Array.from(fitImage(image, { height: 4, width: 4, fit: 'cover' }).data.subarray(0, 4))).toEqual([
      2, 3, 4, 5,
    ]);
    const tall = fitImage(image, { height: 9, width: 9, fit: 'contain' });
    expect([...tall.data.slice(0, 18), ...tall.data.slice(54)].every((value) => value === 255)).toBe(true);
    expect(Array.from(tall.data.subarray(18, 27))).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8]);
    expect(fitImage(image, { height: 2, width: 3, fit: 'stretch' }).data.length).toBe(6);
  });
});
