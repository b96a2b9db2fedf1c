/** A small PNG writer, for pictures within a page: no filter, zlib of Node. PNG, 3rd edition, W3C 2025. */
import { crc32, deflateSync } from 'node:zlib';
import { pictureOf, type ShownValue } from './shown-value.ts';

/** A picture as a `data:` address. Colours from 0 to 1 are taken as they are; a map of other numbers is stretched to grey between its least and greatest. */
export function picturePng(value: ShownValue): string {
  const picture = pictureOf(value);
  if (picture === undefined) return '';
  const { height, width, channels } = picture;
  const known = value.data.filter((it) => it !== null);
  const [low, high] = known.reduce(([least, greatest], it) => [Math.min(least, it), Math.max(greatest, it)], [Infinity, -Infinity]); // prettier-ignore
  const isShare = low >= 0 && high <= 1 + 1e-6;
  const isByte = channels === 3 && low >= 0 && high > 1 && high <= 255;
  const [from, to] = isShare ? [0, 1] : isByte ? [0, 255] : [low, high];
  const rows = Buffer.alloc(height * (1 + width * channels));
  for (let row = 0; row < height; row++) {
    const at = row * (1 + width * channels);
    for (let index = 0; index < width * channels; index++) {
      const level = ((value.data[row * width * channels + index] ?? from) - from) / (to > from ? to - from : 1);
      rows[at + 1 + index] = Math.round(255 * Math.min(1, Math.max(0, level)));
    }
  }
  return `data:image/png;base64,${png(width, height, channels === 3 ? 2 : 0, rows).toString('base64')}`;
}

function png(width: number, height: number, colorType: 0 | 2, rows: Buffer): Buffer {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, colorType, 0, 0, 0], 8);
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  return Buffer.concat([signature, chunk('IHDR', header), chunk('IDAT', deflateSync(rows)), chunk('IEND', Buffer.alloc(0))]); // prettier-ignore
}

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const whole = Buffer.alloc(body.byteLength + 8);
  whole.writeUInt32BE(data.byteLength, 0);
  whole.set(body, 4);
  whole.writeUInt32BE(crc32(body), 4 + body.byteLength);
  return whole;
}
