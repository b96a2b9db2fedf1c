/** Frames of a film: an animated picture, or a list of files. */
import { isAbsolute, join } from 'node:path';
import { readFileSync } from 'node:fs';
import type { TensorValue } from '../backends/backend.ts';
import { columnKey } from '../batch-source.ts';
import { kindFault, type ColumnOf, type Draw } from './decoding.ts';
import { fitImage, decodePixels } from './image/decode.ts';
import type { Pixels } from './image/resample.ts';
import { decodedMedium, listOf, slotOf, undecodable } from './media.ts';
import { memberOf } from './raw-sample.ts';
import type { Row } from './rows.ts';

type FramesColumn = ColumnOf<'frames'>;

/** u8 [n, frames, height, width, 3]; a film of fewer frames has the last ones masked. */
export async function decodeFrames(
  column: FramesColumn,
  rows: readonly Row[],
  at: readonly number[],
  draw: Draw,
): Promise<Record<string, TensorValue>> {
  const { frames, height, width, name } = column;
  const size = height * width * 3;
  const data = new Uint8Array(rows.length * frames * size);
  const mask = new Uint8Array(rows.length * frames);
  const films = await Promise.all(rows.map((row) => filmOf(column, row)));
  films.forEach((all, position) => {
    pickedOf(column, all.length, at[position] ?? 0, draw).forEach((from, place) => {
      data.set(all[from] ?? [], (position * frames + place) * size);
      mask[position * frames + place] = 1;
    });
  });
  return {
    [columnKey(name, 'value')]: { dtype: 'u8', shape: [rows.length, frames, height, width, 3], data },
    [columnKey(name, 'mask')]: { dtype: 'bool', shape: [rows.length, frames], data: mask },
  };
}

/** Which frames of a film one sample has. `draw` is that of the column. */
export function pickedOf({ frames, pick }: FramesColumn, length: number, at: number, draw: Draw): readonly number[] {
  const { epoch, count, random } = draw;
  return pickedFrames(length, frames, pick, (segment) =>
    epoch === undefined ? undefined : random.uniform((epoch * count + at) * frames + segment),
  );
}

/**
 * Which of `length` frames are taken. Of a longer film: `head` the first, `uniform` the middle of each of `count` equal parts, `segments`
 * one of each part, drawn in training and the middle one otherwise (Wang et al., "Temporal Segment Networks", 2016).
 */
export function pickedFrames(
  length: number,
  count: number,
  pick: FramesColumn['pick'],
  uniform: (segment: number) => number | undefined,
): readonly number[] {
  if (length <= count) return Array.from({ length }, (_, frame) => frame);
  return Array.from({ length: count }, (_, segment) => {
    if (pick === 'head' || pick === 'all') return segment;
    const share = (pick === 'segments' ? uniform(segment) : undefined) ?? 0.5;
    return Math.min(length - 1, Math.floor(((segment + share) * length) / count));
  });
}

/** All frames at the column's size, decoded once. Throws CX8107 where all are wanted and there are more than the column has. */
export async function filmOf(column: FramesColumn, row: Row): Promise<readonly Uint8Array[]> {
  const all = await allFrames(column, row);
  if (column.pick === 'all' && all.length > column.frames)
    throw kindFault(column.name, row, `at most ${column.frames} frames`, all.length, 'raise `frames(…)`, or choose another `pick:`'); // prettier-ignore
  return all;
}

async function allFrames(column: FramesColumn, row: Row): Promise<readonly Uint8Array[]> {
  const { height, width, fit } = column;
  const fitted = (image: Pixels): Uint8Array => fitImage(image, { height, width, fit }).data;
  const form = `${height}x${width}|${fit}|frames`;
  const files = listOf(column.name, row);
  if (files === undefined)
    return decodedMedium(column, row, form, 'film', async (bytes) => (await decodeFilm(bytes)).map(fitted));
  const source = row.columns[column.name];
  const path = source === undefined || source.kind === 'template' ? '' : source.path;
  const slots = row.source.decoded<readonly Uint8Array[]>(`${slotOf(column.name, row, 'film')}|${form}`);
  const known = slots[row.ordinal];
  if (known !== undefined) return known;
  const { member } = memberOf(row.sample, path, column.name);
  const folder = member.kind === 'value' ? member.folder : '';
  const images: Uint8Array[] = [];
  for (const name of files) {
    if (typeof name !== 'string') throw kindFault(column.name, row, 'a list of file names', name);
    try {
      images.push(fitted(await decodePixels(readFileSync(isAbsolute(name) ? name : join(folder, name)))));
    } catch (cause) {
      throw undecodable(`the frame \`${name}\``, row, '', cause);
    }
  }
  slots[row.ordinal] = images;
  return images;
}

/** The frames of an animated WebP or GIF, each whole; a still picture is a film of one. */
async function decodeFilm(bytes: Uint8Array): Promise<readonly Pixels[]> {
  const { default: sharp } = await import('sharp');
  sharp.concurrency(1);
  const input = sharp(bytes, { animated: true, failOn: 'warning' });
  const { pages = 1, pageHeight } = await input.metadata();
  const { data, info } = await input
    .flatten({ background: '#ffffff' })
    .toColourspace('srgb')
    .removeAlpha()
    .raw({ depth: 'uchar' })
    .toBuffer({ resolveWithObject: true });
  const height = pageHeight ?? info.height / pages;
  const size = height * info.width * info.channels;
  return Array.from({ length: pages }, (_, page) => {
    const own = data.subarray(page * size, (page + 1) * size);
    if (info.channels === 3) return { width: info.width, height, channels: 3, data: own };
    const colour = new Uint8Array(height * info.width * 3);
    for (let at = 0; at < colour.length; at++) colour[at] = own[Math.floor(at / 3) * info.channels] ?? 0;
    return { width: info.width, height, channels: 3, data: colour };
  });
}
