/** From one way to write a pixel to another, rounded as Pillow rounds. */
import { invariant } from '../../../compiler/common/invariant.ts';
import type { Pixels } from './resample.ts';

/** Grey in three channels; what is behind the colours is dropped. */
export function toRgb(image: Pixels): Pixels {
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
  return { ...image, channels: 3, data };
}

/** CMYK without a profile, as Pillow does it: R = (255 − K)·(255 − C) / 255, rounded. */
export function inkToRgb({ width, height, data: ink }: Pixels): Pixels {
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

/** Each colour times its opacity, rounded: Pillow's mode `RGBa`. The last channel is the opacity. */
export function premultiplied(image: Pixels): Pixels {
  const { channels } = image;
  const data = Uint8Array.from(image.data);
  for (let at = 0; at < data.length; at += channels) {
    const opacity = data[at + channels - 1] ?? 0;
    if (opacity === 255) continue;
    for (let channel = 0; channel < channels - 1; channel++) {
      // exact rounding of a·b / 255
      const product = (data[at + channel] ?? 0) * opacity + 128;
      data[at + channel] = ((product >> 8) + product) >> 8;
    }
  }
  return { ...image, data };
}

/** Back: truncated and held at 255, and where nothing is to be seen as it is. */
export function unpremultiplied(image: Pixels): Pixels {
  const { channels } = image;
  const data = Uint8Array.from(image.data);
  for (let at = 0; at < data.length; at += channels) {
    const opacity = data[at + channels - 1] ?? 0;
    if (opacity === 255 || opacity === 0) continue;
    for (let channel = 0; channel < channels - 1; channel++) {
      data[at + channel] = Math.min(255, Math.trunc((255 * (data[at + channel] ?? 0)) / opacity));
    }
  }
  return { ...image, data };
}
