import type { Sharp } from 'sharp';
import { invariant } from '../../../compiler/common/invariant.ts';
import type { Interpolation, Preprocessing } from '../../../compiler/types/model-config.ts';
import { pictureMode } from './picture-mode.ts';
import { inkToRgb, premultiplied, toRgb, unpremultiplied } from './pixel-modes.ts';
import { cropped, resizeSmooth, resizeNearest, type Part, type Pixels } from './resample.ts';

export interface ImageSize {
  readonly height: number;
  readonly width: number;
  /** `cover` crops what hangs over, `contain` pads with white, `stretch` changes the proportions. */
  readonly fit: 'cover' | 'contain' | 'stretch';
  /** `white` where absent. */
  readonly preprocess?: Preprocessing;
  /** Share of each side that is left once the middle is cut out; all of it where absent. */
  readonly crop?: number;
  /** `bicubic` where absent. */
  readonly interpolation?: Interpolation;
}

/**
 * A picture resized and cropped to `size`: RGB, [height, width, 3], 0..255, in the order of steps that `size.preprocess` names. The
 * orientation tag of EXIF is not applied, as in CLIP's own preprocessing.
 * Throws sharp's error for bytes that are no whole picture; the caller knows the sample's name.
 */
export async function decodeImage(bytes: Uint8Array, size: ImageSize): Promise<Uint8Array> {
  switch (size.preprocess ?? 'white') {
    case 'white':
      return fitImage(await decodePixels(bytes), size).data;
    case 'clip':
      return fitOwnMode(await decodeStored(bytes), size).data;
    case 'huggingface':
    case 'torchvision': {
      const { pixels, mode } = await decodeStored(bytes);
      return fitImage(mode === 'ink' ? inkToRgb(pixels) : toRgb(pixels), size).data;
    }
  }
}

/** Decoded RGB at its own size, on white where it is transparent. */
export async function decodePixels(bytes: Uint8Array): Promise<Pixels> {
  const input = await open(bytes, false);
  if (await isInk(bytes, input)) return inkToRgb(await raw(input.pipelineColourspace('cmyk').toColourspace('cmyk')));
  return toRgb(await raw(input.flatten({ background: '#ffffff' }).toColourspace('srgb')));
}

/** What a file stores, before anything is made of it: RGB, RGBA or CMYK. */
interface StoredPicture {
  readonly pixels: Pixels;
  readonly mode: 'indexed' | 'opaque' | 'alpha' | 'ink';
}

/** As Pillow opens it: without its colour profile, transparency kept apart. */
async function decodeStored(bytes: Uint8Array): Promise<StoredPicture> {
  const input = await open(bytes, true);
  if (await isInk(bytes, input)) return { pixels: await raw(input.pipelineColourspace('cmyk').toColourspace('cmyk')), mode: 'ink' }; // prettier-ignore
  const pixels = await raw(input.toColourspace('srgb'));
  const read = pictureMode(bytes);
  const mode = read === 'unknown' || read === 'ink' ? (pixels.channels % 2 === 0 ? 'alpha' : 'opaque') : read;
  return mode === 'alpha' ? { pixels, mode } : { pixels: toRgb(pixels), mode };
}

let sharp: typeof import('sharp').default | undefined;

async function open(bytes: Uint8Array, ignoreIcc: boolean): Promise<Sharp> {
  if (sharp === undefined) {
    // Loaded on first use: commands that touch no picture should not pay for it.
    sharp = (await import('sharp')).default;
    // One thread a picture: pictures are small and many are in flight.
    sharp.concurrency(1);
  }
  return sharp(bytes, { failOn: 'warning', ignoreIcc });
}

async function raw(input: Sharp): Promise<Pixels> {
  const { data, info } = await input.raw({ depth: 'uchar' }).toBuffer({ resolveWithObject: true });
  return { width: info.width, height: info.height, channels: info.channels, data };
}

/** JPEG tells in its header; TIFF is the other format that can hold CMYK. */
async function isInk(bytes: Uint8Array, input: Sharp): Promise<boolean> {
  const mode = pictureMode(bytes);
  if (mode !== 'unknown') return mode === 'ink';
  const [first, second] = bytes;
  const isTiff = (first === 0x49 && second === 0x49) || (first === 0x4d && second === 0x4d);
  return isTiff && (await input.metadata()).space === 'cmyk';
}

// ── sizes ────────────────────────────────────────────────────────────

/** Resizes and crops; see `ImageSize`. Without any change the pixels come back as they are. */
export function fitImage(image: Pixels, size: ImageSize): Pixels {
  const { scaled, left, top } = placed(image, size);
  return onCanvas(size, image.channels, left, top, scaled, (part) => resizeSmooth(image, scaled.width, scaled.height, part, size.interpolation)); // prettier-ignore
}

/** In the order of OpenAI's CLIP, and of torchvision: resized as stored, cropped, then RGB; transparency is weighed in and then dropped. */
function fitOwnMode({ pixels, mode }: StoredPicture, size: ImageSize): Pixels {
  const { scaled, left, top } = placed(pixels, size);
  const { width, height } = scaled;
  const isSame = width === pixels.width && height === pixels.height;
  return onCanvas(size, 3, left, top, scaled, (part) => {
    if (isSame) return mode === 'ink' ? inkToRgb(cropped(pixels, part)) : toRgb(cropped(pixels, part));
    switch (mode) {
      case 'indexed':
        return cropped(resizeNearest(pixels, width, height), part);
      case 'opaque':
        return resizeSmooth(pixels, width, height, part, size.interpolation);
      case 'ink':
        return inkToRgb(resizeSmooth(pixels, width, height, part, size.interpolation));
      case 'alpha':
        return toRgb(unpremultiplied(resizeSmooth(premultiplied(pixels), width, height, part, size.interpolation)));
    }
  });
}

interface Extent {
  readonly width: number;
  readonly height: number;
}

/** The size that a picture is brought to, and where in it the window begins. */
function placed(
  image: Pixels,
  { height, width, fit, preprocess, crop = 1 }: ImageSize,
): { readonly scaled: Extent; readonly left: number; readonly top: number } {
  // as timm: 224 pixels of 0.9 are those of 248
  const whole = { height: Math.floor(height / crop), width: Math.floor(width / crop) };
  const scaled = fit === 'stretch' ? whole : fitted(image, whole, fit);
  const half = preprocess === 'huggingface' ? Math.floor : roundHalfEven;
  return { scaled, left: half((scaled.width - width) / 2), top: half((scaled.height - height) / 2) };
}

function fitted(image: Pixels, { height, width }: Extent, fit: 'cover' | 'contain'): Extent {
  const covers = fit === 'cover';
  // The side that decides: for a square, the shorter one. The other is truncated, as torchvision does.
  const byWidth = covers === image.width * height <= image.height * width;
  return byWidth
    ? { width, height: Math.max(1, Math.trunc((width * image.height) / image.width)) }
    : { width: Math.max(1, Math.trunc((height * image.width) / image.height)), height };
}

/** The window of `size` that begins at (left, top) of a scaled picture, of which `make` gives a part; outside is white. */
function onCanvas(
  { width, height }: Extent,
  channels: number,
  left: number,
  top: number,
  scaled: Extent,
  make: (part: Part) => Pixels,
): Pixels {
  const from = { left: Math.max(0, left), top: Math.max(0, top) };
  const part: Part = {
    ...from,
    width: Math.min(scaled.width, left + width) - from.left,
    height: Math.min(scaled.height, top + height) - from.top,
  };
  const made = make(part);
  invariant(made.channels === channels, 'a picture keeps its channels');
  if (part.width === width && part.height === height) return made;
  const data = new Uint8Array(width * height * channels).fill(255);
  for (let y = 0; y < part.height; y++) {
    const row = made.data.subarray(y * part.width * channels, (y + 1) * part.width * channels);
    data.set(row, ((from.top - top + y) * width + from.left - left) * channels);
  }
  return { width, height, channels, data };
}

function roundHalfEven(value: number): number {
  const floor = Math.floor(value);
  if (value - floor !== 0.5) return Math.round(value);
  return floor % 2 === 0 ? floor : floor + 1;
}
