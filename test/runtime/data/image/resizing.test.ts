/** How torchvision, timm and transformers resize and crop (`test/oracles/make/make_resizing.py`). */
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { decodeImage, type ImageSize } from '../../../../src/runtime/data/image/decode.ts';
import { resizeSmooth } from '../../../../src/runtime/data/image/resample.ts';
import { oraclesFolder } from '../../../support/oracles.ts';
import { readSafetensors } from '../../../support/safetensors.ts';

const cases = readSafetensors(`${oraclesFolder}/resizing/cases.safetensors`);

function pixelsOf(name: string): { readonly width: number; readonly height: number; readonly data: Uint8Array } {
  const tensor = cases.get(name);
  const [height = 0, width = 0] = tensor?.shape ?? [];
  return { width, height, data: Uint8Array.from(tensor?.data ?? []) };
}

const square = { height: 28, width: 28, fit: 'cover' } as const;
const stretched = { ...square, fit: 'stretch' } as const;

/** As `clipx` prepares columns of encoders with these. */
const ways: Readonly<Record<string, ImageSize>> = {
  torchvision: { ...square, preprocess: 'torchvision', crop: 0.875, interpolation: 'bilinear' },
  timm: { ...square, preprocess: 'torchvision', crop: 0.9 },
  'timm-squash': { ...stretched, preprocess: 'torchvision', crop: 0.95, interpolation: 'bilinear' },
  'transformers-vit': { ...stretched, preprocess: 'huggingface', interpolation: 'bilinear' },
  'transformers-deit': { ...stretched, preprocess: 'huggingface', crop: 0.875 },
  'transformers-clip': { ...square, preprocess: 'huggingface' },
};

describe('pictures as evaluation has them by', () => {
  it.each(Object.entries(ways))('%s', async (name, size) => {
    const sources = [...cases.keys()].filter((each) => each.endsWith('.source'));
    expect(sources.length).toBe(7);
    for (const source of sources) {
      const { width, height, data } = pixelsOf(source);
      const file = await sharp(data, { raw: { width, height, channels: 3 } })
        .png()
        .toBuffer();
      const expected = pixelsOf(source.replace('source', name));
      expect([expected.height, expected.width]).toEqual([28, 28]);
      expect(Uint8Array.from(await decodeImage(file, size)), source).toEqual(expected.data);
    }
  });
});

it.each(['bicubic', 'bilinear'] as const)(
  'a tall picture loses its rows first, as in Pillow 13 (%s)',
  (interpolation) => {
    const source = pixelsOf('1.source');
    const expected = pixelsOf(`tall.${interpolation}`);
    const whole = resizeSmooth({ ...source, channels: 3 }, 24, 30, undefined, interpolation);
    expect(Uint8Array.from(whole.data)).toEqual(expected.data);
    const across = resizeSmooth({ ...source, channels: 3 }, 24, source.height, undefined, interpolation);
    expect(Uint8Array.from(resizeSmooth(across, 24, 30, undefined, interpolation).data)).not.toEqual(expected.data);
  },
);
