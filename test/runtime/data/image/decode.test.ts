import { readFileSync } from 'node:fs';
import sharp from 'sharp';
import { describe, expect, test } from 'vitest';
import { decodeImage, decodePixels, fitImage } from '../../../../src/runtime/data/image/decode.ts';
import { resizeBicubic } from '../../../../src/runtime/data/image/resample.ts';
import { readSafetensors } from '../../../support/safetensors.ts';

const folder = `${process.env['CLIPX_ORACLES'] ?? 'test/oracles'}/preprocess`;
const index = JSON.parse(readFileSync(`${folder}/index.json`, 'utf8')) as Record<
  string,
  { readonly file: string; readonly mode: string }
>;
const pixels = readSafetensors(`${folder}/pixels.safetensors`);

function bytesOf(name: string): { readonly shape: readonly number[]; readonly bytes: Uint8Array } {
  const tensor = pixels.get(name);
  if (tensor === undefined) throw new Error(`no tensor ${name}`);
  return { shape: tensor.shape, bytes: Uint8Array.from(tensor.data) };
}

const worst = (a: Uint8Array, b: Uint8Array): number =>
  a.reduce((most, value, at) => Math.max(most, Math.abs(value - (b[at] ?? 0))), 0);

describe('resizeBicubic', () => {
  test.each([
    [[0, 0, 0, 0, 255, 255, 255, 255], 4, [0, 17, 238, 255]],
    [[0, 0, 0, 0, 255, 255, 255, 255], 5, [0, 0, 128, 255, 255]],
    [[0, 50, 200, 255], 8, [0, 6, 29, 83, 167, 222, 248, 255]],
  ])('%j to %i pixels, along a row and along a column', (values, size, expected) => {
    const data = Uint8Array.from(values);
    expect([...resizeBicubic({ width: data.length, height: 1, channels: 1, data }, size, 1).data]).toEqual(expected);
    expect([...resizeBicubic({ width: 1, height: data.length, channels: 1, data }, 1, size).data]).toEqual(expected);
  });
});

describe('the pictures of the preprocessing oracle', () => {
  test.each(Object.entries(index))('%s decodes to its pixels', async (name, { file, mode }) => {
    const expected = bytesOf(`${name}/decoded`);
    const decoded = await decodePixels(readFileSync(`${folder}/${file}`));
    expect([decoded.height, decoded.width, decoded.channels]).toEqual(expected.shape);
    // Transparent pixels: Pillow drops the alpha, we lay the picture on white.
    if (mode === 'RGBA') return;
    expect(worst(decoded.data, expected.bytes)).toBeLessThanOrEqual(/jpe?g$/.test(file) ? 4 : 0);
  });

  // Where converting to RGB first makes a difference (palette, alpha, CMYK), ours is the order of the second tensor.
  const rgb = Object.entries(index).filter(([, { mode }]) => mode === 'RGB' || mode === 'L');
  test.each(rgb)("%s is resized and cropped as CLIP's own code does, to the bit", (name) => {
    const decoded = bytesOf(`${name}/decoded`);
    const crop = bytesOf(`${name}/crop`);
    const [height = 0, width = 0, channels = 0] = decoded.shape;
    const [cropHeight = 0, cropWidth = 0] = crop.shape;
    const fitted = fitImage(
      { width, height, channels, data: decoded.bytes },
      { height: cropHeight, width: cropWidth, fit: 'cover' },
    );
    expect(worst(fitted.data, crop.bytes)).toBe(0);
  });

  test.each(Object.entries(index).filter(([, { mode }]) => mode === 'P' || mode === 'CMYK'))(
    '%s is made RGB before it is resized',
    async (name, { file }) => {
      const crop = bytesOf(`${name}/crop_rgb_first_floor`);
      const [height = 0, width = 0] = crop.shape;
      const decoded = await decodeImage(readFileSync(`${folder}/${file}`), { height, width, fit: 'cover' });
      expect(worst(decoded, crop.bytes)).toBeLessThanOrEqual(file.endsWith('.jpg') ? 4 : 0);
    },
  );
});

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
