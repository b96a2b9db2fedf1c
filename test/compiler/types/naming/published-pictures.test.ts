/** What the files beside a checkpoint say of its pictures. */
import { describe, expect, it } from 'vitest';
import { huggingfaceConfig, openClipConfig } from '../../../../src/compiler/types/naming/published-config.ts';

const prepared = (read: ReturnType<typeof openClipConfig>): unknown => {
  if (read === undefined || 'fault' in read) return read?.fault;
  const tower = read.config.kind === 'clip' ? read.config.image : read.config;
  if (!('statistics' in tower)) return expect.fail(tower.kind);
  const { preprocess, crop, interpolation, fit } = tower;
  return { preprocess, ...(crop && { crop }), ...(interpolation && { interpolation }), ...(fit && { fit }) };
};

describe('pictures of transformers', () => {
  const squeezed = { preprocess: 'huggingface', interpolation: 'bilinear', fit: 'stretch' };
  it.each([
    ['vit', undefined, squeezed],
    // ViTImageProcessor and ViTFeatureExtractor
    ['vit', { size: { height: 224, width: 224 }, resample: 2, do_resize: true }, squeezed],
    ['vit', { size: 224, resample: 3 }, { preprocess: 'huggingface', fit: 'stretch' }],
    // DeiTFeatureExtractor, beside a DeiT without a second token
    ['vit', { size: 256, crop_size: 224, do_center_crop: true, resample: 3 }, { preprocess: 'huggingface', crop: 0.875, fit: 'stretch' }],
    ['vit', { size: { shortest_edge: 232 }, crop_size: { height: 224, width: 224 }, do_center_crop: true }, { preprocess: 'huggingface', crop: 224 / 232, interpolation: 'bilinear' }],
    ['clip_vision_model', undefined, { preprocess: 'huggingface' }],
    ['clip_vision_model', { size: 224, crop_size: 224, do_center_crop: true, resample: 3 }, { preprocess: 'huggingface' }],
    ['clip_vision_model', { size: { shortest_edge: 224 }, crop_size: { height: 224, width: 224 } }, { preprocess: 'huggingface' }],
    ['vit', { resample: 1 }, '`preprocessor_config.json.resample` is 1; clipx resizes bilinearly (2) and bicubically (3)'],
    ['vit', { size: 200, crop_size: 224, do_center_crop: true }, 'pictures are padded from 200 to 224 px, which clipx does not do'],
  ])('%s, %j', (model_type, preprocessor, expected) => {
    expect(prepared(huggingfaceConfig({ model_type }, preprocessor === undefined ? {} : { preprocessor }))).toEqual(expected);
  }); // prettier-ignore

  it('are resized to the pixel that the file says', () => {
    for (let side = 224; side < 300; side++) {
      const read = prepared(huggingfaceConfig({ model_type: 'vit' }, { preprocessor: { size: side, crop_size: 224, do_center_crop: true } })) as { crop?: number }; // prettier-ignore
      expect(Math.floor(224 / (read.crop ?? 1))).toBe(side);
    }
  });
});

it('pictures of timm are as its configuration says', () => {
  const tensors = new Map([
    ['cls_token', [1, 1, 8]],
    ['pos_embed', [1, 5, 8]],
    ['patch_embed.proj.weight', [8, 3, 4, 4]],
    ['blocks.0.norm1.weight', [8]],
    ['blocks.0.norm1.bias', [8]],
  ]);
  const read = (pretrained_cfg: object): unknown => prepared(huggingfaceConfig({ architecture: 'vit', pretrained_cfg }, { tensors })); // prettier-ignore
  expect(read({ crop_pct: 0.95, interpolation: 'bilinear' })).toEqual({ preprocess: 'torchvision', crop: 0.95, interpolation: 'bilinear' }); // prettier-ignore
  expect(read({ crop_mode: 'squash' })).toEqual({ preprocess: 'torchvision', crop: 0.875, interpolation: 'bicubic', fit: 'stretch' }); // prettier-ignore
  expect(read({ crop_mode: 'border' })).toBe('`pretrained_cfg.crop_mode` is "border"; clipx knows center and squash');
  expect(read({ interpolation: 'lanczos' })).toBe('`interpolation` is "lanczos"; clipx resizes bilinearly and bicubically'); // prettier-ignore
});

it('pictures of open_clip are as its configuration says', () => {
  const model_cfg = { embed_dim: 8, vision_cfg: { width: 64, patch_size: 16 }, text_cfg: { width: 64 } };
  const read = (preprocess_cfg: object): unknown => prepared(openClipConfig({ model_cfg, preprocess_cfg }));
  expect(read({})).toEqual({ preprocess: 'clip' });
  expect(read({ interpolation: 'bilinear', resize_mode: 'squash' })).toEqual({ preprocess: 'clip', interpolation: 'bilinear', fit: 'stretch' }); // prettier-ignore
  expect(read({ resize_mode: 'longest' })).toBe('`preprocess_cfg.resize_mode` is "longest"; clipx knows shortest and squash'); // prettier-ignore
});
