import { invariant } from '../../../compiler/common/invariant.ts';
import { resizeBicubic, type Pixels } from './resample.ts';

export interface ImageSize {
  readonly height: number;
  readonly width: number;
  /** `cover` crops what hangs over, `contain` pads with white, `stretch` changes the proportions. */
  readonly fit: 'cover' | 'contain' | 'stretch';
}

/**
 * A picture as CLIP sees it: decoded, on white where it is transparent, RGB, resized and cropped to `size`.
 * [height, width, 3], 0..255. The orientation tag of EXIF is not applied, as in CLIP's own preprocessing.
 * Throws sharp's error for bytes that are no whole picture; the caller knows the sample's name.
 */
export async function decodeImage(bytes: Uint8Array, size: ImageSize): Promise<Uint8Array> {
  return fitImage(await decodePixels(bytes), size).data;
}

/** Decoded RGB at its own size. */
export async function decodePixels(bytes: Uint8Array): Promise<Pixels> {
  // Loaded on first use: commands that touch no picture should not pay for it.
  const { default: sharp } = await import('sharp');
  // One thread a picture: pictures are small and many are in flight.
  sharp.concurrency(1);
  const input = sharp(bytes, { failOn: 'warning' });
  if (canHoldInk(bytes) && (await input.metadata()).space === 'cmyk') {
    const ink = input.pipelineColourspace('cmyk').toColourspace('cmyk');
    const { data, info } = await ink.raw().toBuffer({ resolveWithObject: true });
    return inkToRgb(data, info.width, info.height);
  }
  const { data, info } = await input
    .flatten({ background: '#ffffff' })
    .toColourspace('srgb')
    .raw({ depth: 'uchar' })
    .toBuffer({ resolveWithObject: true });
  return toRgb({ width: info.width, height: info.height, channels: info.channels, data });
}

/** Resizes and crops; see `ImageSize`. Without any change the pixels come back as they are. */
export function fitImage(image: Pixels, size: ImageSize): Pixels {
  const { height, width, fit } = size;
  if (fit === 'stretch') return resizeBicubic(image, width, height);
  const covers = fit === 'cover';
  // The side that decides: for a square, the shorter one. The other is truncated, as torchvision does.
  const byWidth = covers === image.width * height <= image.height * width;
  const scaled = byWidth
    ? resizeBicubic(image, width, Math.max(1, Math.trunc((width * image.height) / image.width)))
    : resizeBicubic(image, Math.max(1, Math.trunc((height * image.width) / image.height)), height);
  return window(scaled, width, height);
}

/** The middle `width` × `height`, offset by half the difference rounded half to even; outside is white. */
function window(image: Pixels, width: number, height: number): Pixels {
  const left = roundHalfEven((image.width - width) / 2);
  const top = roundHalfEven((image.height - height) / 2);
  if (left === 0 && top === 0 && image.width === width && image.height === height) return image;
  const { channels } = image;
  const data = new Uint8Array(width * height * channels).fill(255);
  const from = Math.max(0, left);
  const to = Math.min(image.width, left + width);
  for (let y = 0; y < height; y++) {
    const row = y + top;
    if (row < 0 || row >= image.height) continue;
    const source = image.data.subarray((row * image.width + from) * channels, (row * image.width + to) * channels);
    data.set(source, (y * width + from - left) * channels);
  }
  return { width, height, channels, data };
}

function roundHalfEven(value: number): number {
  const floor = Math.floor(value);
  if (value - floor !== 0.5) return Math.round(value);
  return floor % 2 === 0 ? floor : floor + 1;
}

function toRgb(image: Pixels): Pixels {
  if (image.channels === 3) return image;
  invariant(image.channels === 1 || image.channels === 2 || image.channels === 4, 'sharp gives 1 to 4 channels');
  const count = image.width * image.height;
  const data = new Uint8Array(count * 3);
  for (let pixel = 0; pixel < count; pixel++) {
    for (let channel = 0; channel < 3; channel++) {
      const from = image.channels === 4 ? channel : 0;
      data[pixel * 3 + channel] = image.data[pixel * image.channels + from] ?? 0;
    }
  }
  return { width: image.width, height: image.height, channels: 3, data };
}

/** JPEG and TIFF are the formats that can hold CMYK. */
function canHoldInk(bytes: Uint8Array): boolean {
  const [first, second] = bytes;
  return (
    (first === 0xff && second === 0xd8) || (first === 0x49 && second === 0x49) || (first === 0x4d && second === 0x4d)
  );
}

/** CMYK without a profile, as Pillow does it: R = (255 − K)·(255 − C) / 255, rounded. */
function inkToRgb(ink: Uint8Array, width: number, height: number): Pixels {
  const count = width * height;
  const data = new Uint8Array(count * 3);
  for (let pixel = 0; pixel < count; pixel++) {
    const light = 255 - (ink[pixel * 4 + 3] ?? 0);
    for (let channel = 0; channel < 3; channel++) {
      data[pixel * 3 + channel] = Math.round((light * (255 - (ink[pixel * 4 + channel] ?? 0))) / 255);
    }
  }
  return { width, height, channels: 3, data };
}
