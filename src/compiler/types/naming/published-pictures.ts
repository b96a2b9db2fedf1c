/** How pictures are resized and cropped, as the files of transformers, timm and open_clip state it. What they say and clipx does not do is refused. */
import type { Interpolation } from '../model-config.ts';
import type { PublishedPreprocessing } from './infer-config.ts';
import { JsonFields, Unfit } from './json-fields.ts';

type Pictures = Pick<PublishedPreprocessing, 'crop' | 'interpolation' | 'fit'>;

/** What each way does anyhow is left out. */
const without = ({ crop = 1, interpolation = 'bicubic', fit }: Pictures): Pictures => ({
  ...(crop === 1 ? {} : { crop }),
  ...(interpolation === 'bicubic' ? {} : { interpolation }),
  ...(fit === undefined ? {} : { fit }),
});

/** `preprocessor_config.json`; `own` is what the processor of this kind of model does where it says nothing. */
export function preparedByTransformers(preprocessor: unknown, own: PublishedPreprocessing): PublishedPreprocessing {
  if (preprocessor === undefined) return own;
  const fields = new JsonFields(preprocessor, 'preprocessor_config.json');
  if (fields.raw('do_resize') === false) return { preprocess: 'huggingface' };
  const ownCrop = own.crop ?? 1;
  const size = sideOf(fields, 'size', own.fit === 'stretch');
  const isSqueezed = size?.isSqueezed ?? own.fit === 'stretch';
  const crops = fields.has('do_center_crop') ? fields.raw('do_center_crop') === true : !isSqueezed || ownCrop < 1;
  const kept = crops ? sideOf(fields, 'crop_size', true)?.side : undefined;
  return {
    preprocess: 'huggingface',
    ...without({
      crop: size === undefined || kept === undefined ? (crops ? ownCrop : 1) : shareOf(kept, size.side),
      interpolation: fields.has('resample') ? filterOf(fields.raw('resample')) : (own.interpolation ?? 'bicubic'),
      ...(isSqueezed ? { fit: 'stretch' as const } : {}),
    }),
  };
}

/** A number (of older versions), `{ shortest_edge }`, or `{ height, width }` of a square. `whole`: what a number means. */
function sideOf(fields: JsonFields, key: string, whole: boolean): { readonly side: number; readonly isSqueezed: boolean } | undefined {
  if (!fields.has(key)) return undefined;
  if (typeof fields.raw(key) === 'number') return { side: fields.count(key), isSqueezed: whole };
  const size = fields.inside(key);
  if (size.has('shortest_edge')) return { side: size.count('shortest_edge'), isSqueezed: false };
  const side = size.count('height');
  size.must('width', side);
  return { side, isSqueezed: true };
} // prettier-ignore

/** The share whose part of so many pixels is the resized side, to the pixel. */
function shareOf(kept: number, resized: number): number {
  if (kept > resized) throw new Unfit(`pictures are padded from ${resized} to ${kept} px, which clipx does not do`);
  const share = kept / resized;
  return Math.floor(kept / share) === resized ? share : kept / (resized + 0.5);
}

/** PIL.Image.Resampling */
function filterOf(resample: unknown): Interpolation {
  if (resample === 3) return 'bicubic';
  if (resample === 2) return 'bilinear';
  throw new Unfit(`\`preprocessor_config.json.resample\` is ${JSON.stringify(resample)}; clipx resizes bilinearly (2) and bicubically (3)`); // prettier-ignore
}

/** `pretrained_cfg` */
export function preparedByTimm(pretrained: JsonFields): PublishedPreprocessing {
  const mode = pretrained.text('crop_mode', 'center');
  return {
    preprocess: 'torchvision',
    crop: pretrained.number('crop_pct', 0.875),
    interpolation: interpolationOf(pretrained),
    ...squeezing(mode, 'center', 'pretrained_cfg.crop_mode'),
  };
}

/** `preprocess_cfg` */
export function preparedByOpenClip(preprocess: JsonFields): PublishedPreprocessing {
  const interpolation = interpolationOf(preprocess);
  const mode = preprocess.text('resize_mode', 'shortest');
  return { preprocess: 'clip', ...without({ interpolation, ...squeezing(mode, 'shortest', 'preprocess_cfg.resize_mode') }) }; // prettier-ignore
}

function interpolationOf(fields: JsonFields): Interpolation {
  const written = fields.text('interpolation', 'bicubic');
  if (written === 'bicubic' || written === 'bilinear') return written;
  throw new Unfit(`\`interpolation\` is ${JSON.stringify(written)}; clipx resizes bilinearly and bicubically`);
}

function squeezing(mode: string, usual: string, where: string): { readonly fit?: 'stretch' } {
  if (mode === usual) return {};
  if (mode === 'squash') return { fit: 'stretch' };
  throw new Unfit(`\`${where}\` is ${JSON.stringify(mode)}; clipx knows ${usual} and squash`);
}
