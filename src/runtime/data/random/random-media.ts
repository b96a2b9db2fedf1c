/** Files of random content in the formats that the readers decode: PNG, animated WebP, WAVE, text of numbers. */
import { stream, type RandomStream } from '../../random.ts';
import type { ColumnOf } from '../decoding.ts';
import { encodePng } from '../faces/png.ts';
import type { MediumColumn } from '../media.ts';

/** Pixels along the side of a patch of one colour: noise alone is the same for every average. */
const patch = 8;

/** A file for one sample. `words`: entries of the vocabulary of a mask; `unknown`: the number that stands for none. */
export async function randomFile(
  column: MediumColumn,
  name: string,
  at: number,
  { words, unknown }: { readonly words: number; readonly unknown: number | undefined },
): Promise<Uint8Array> {
  const random = stream(0, `random ${name}:${at}`);
  switch (column.kind) {
    case 'image':
      return encodePng(picture(column, random, 0), column.width, column.height);
    case 'frames':
      return film(column, random, lengthOfFilm(column, at));
    case 'map': {
      // half a unit to four of them, whatever the file counts in; the topmost patches are unknown in some samples
      const most = Math.min(60_000, 4 / column.scale);
      return plane(column, 16, (x, y) => (y < patch && unknown !== undefined && at % 3 === 1 ? unknown : Math.round(most * (0.125 + 0.875 * patchOf(random, column, x, y))))); // prettier-ignore
    }
    case 'mask':
      return plane(column, 8, (x, y) => (y < patch && at % 3 === 1 ? (unknown ?? 255) : Math.floor(patchOf(random, column, x, y) * words))); // prettier-ignore
    case 'points': {
      const count = at % 3 === 1 ? Math.ceil(column.points / 2) : column.points;
      return Buffer.from(Array.from({ length: 3 * count }, (_, k) => (2 * random.uniform(k) - 1).toFixed(4)).join(' '));
    }
    case 'audio':
      return wave(column, random, at % 3 === 1 ? Math.ceil(column.samples / 2) : column.samples);
  }
}

interface Extent {
  readonly height: number;
  readonly width: number;
}

const patchOf = (random: RandomStream, { width }: Extent, x: number, y: number): number =>
  random.uniform(Math.floor(y / patch) * Math.ceil(width / patch) + Math.floor(x / patch));

/** RGB in patches, with noise upon them. `shift` moves the patches: frames of a film differ a little. */
function picture({ height, width }: Extent, random: RandomStream, shift: number): Uint8Array {
  const pixels = new Uint8Array(height * width * 3);
  const across = Math.ceil((width + shift) / patch) + 1;
  for (let at = 0; at < pixels.length; at++) {
    const [pixel, channel] = [Math.floor(at / 3), at % 3];
    const [x, y] = [(pixel % width) + shift, Math.floor(pixel / width)];
    const colour = random.uniform(3 * (Math.floor(y / patch) * across + Math.floor(x / patch)) + channel);
    pixels[at] = Math.floor(200 * colour + 55 * random.uniform(1_000_000 + at));
  }
  return pixels;
}

/** Whole, too short and, where the column chooses among them, too long. */
function lengthOfFilm({ frames, pick }: ColumnOf<'frames'>, at: number): number {
  if (at % 3 === 1) return Math.ceil(frames / 2);
  return at % 3 === 2 && pick !== 'all' ? frames + 2 : frames;
}

async function film(column: ColumnOf<'frames'>, random: RandomStream, length: number): Promise<Uint8Array> {
  const { default: sharp } = await import('sharp');
  const { height, width } = column;
  const frames = Array.from({ length }, (_, frame) => Buffer.from(picture(column, random, frame)));
  const raw = { width, height: height * length, channels: 3 as const, pageHeight: height };
  return sharp(Buffer.concat(frames), { raw }).webp({ lossless: true, effort: 0 }).toBuffer();
}

/** Grey PNG of 8 or 16 bits. */
async function plane({ height, width }: Extent, bits: 8 | 16, value: (x: number, y: number) => number): Promise<Uint8Array> {
  const { default: sharp } = await import('sharp');
  const values = Array.from({ length: height * width }, (_, at) => value(at % width, Math.floor(at / width)));
  const data = bits === 8 ? Uint8Array.from(values) : Uint16Array.from(values);
  const grey = sharp(data, { raw: { width, height, channels: 1 } });
  return grey.toColourspace(bits === 8 ? 'b-w' : 'grey16').png().toBuffer();
} // prettier-ignore

/** PCM of 16 bits. */
function wave({ rate, ears }: ColumnOf<'audio'>, random: RandomStream, samples: number): Uint8Array {
  const bytes = 2 * ears * samples;
  const file = Buffer.alloc(44 + bytes);
  file.write('RIFF', 0, 'latin1');
  file.writeUInt32LE(36 + bytes, 4);
  file.write('WAVEfmt ', 8, 'latin1');
  file.writeUInt32LE(16, 16);
  file.writeUInt16LE(1, 20);
  file.writeUInt16LE(ears, 22);
  file.writeUInt32LE(rate, 24);
  file.writeUInt32LE(2 * ears * rate, 28);
  file.writeUInt16LE(2 * ears, 32);
  file.writeUInt16LE(16, 34);
  file.write('data', 36, 'latin1');
  file.writeUInt32LE(bytes, 40);
  for (let k = 0; k < ears * samples; k++) file.writeInt16LE(Math.round(16_000 * (2 * random.uniform(k) - 1)), 44 + 2 * k); // prettier-ignore
  return file;
}
