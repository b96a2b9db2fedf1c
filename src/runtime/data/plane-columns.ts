/** Numbers and classes of pixels: depth maps and segmentation masks, as grey PNG of 8 or 16 bits. */
import type { TensorValue } from '../backends/backend.ts';
import { columnKey } from '../batch-source.ts';
import type { ColumnOf, DecodingContext } from './decoding.ts';
import type { ImageSize } from './image/decode.ts';
import { decodedMedium } from './media.ts';
import type { Row } from './rows.ts';

/** One number a pixel. */
export interface Plane {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array | Uint16Array;
}

/** f32 [n, height, width]; where some data set names an unknown number, a mask of what is not that. */
export async function decodeMaps(column: ColumnOf<'map'>, rows: readonly Row[]): Promise<Record<string, TensorValue>> {
  const { height, width, name, scale } = column;
  const shape = [rows.length, height, width];
  const data = new Float32Array(rows.length * height * width);
  const mask = new Uint8Array(data.length);
  await eachPlane(column, rows, (value, at, unknown) => {
    const known = value >= 0 && value !== unknown;
    data[at] = known ? value * scale : 0;
    mask[at] = known ? 1 : 0;
  });
  return {
    [columnKey(name, 'value')]: { dtype: 'f32', shape, data },
    ...(column.unknown === true ? { [columnKey(name, 'mask')]: { dtype: 'bool', shape, data: mask } } : {}),
  };
}

/** i32 [n, height, width]: indices into the vocabulary. What is none of them, or called unknown, is masked. */
export async function decodeMasks(
  column: ColumnOf<'mask'>,
  rows: readonly Row[],
  context: DecodingContext,
): Promise<Record<string, TensorValue>> {
  const { height, width, name } = column;
  const classes = (await context.vocabulary(column.vocabulary)).length;
  const shape = [rows.length, height, width];
  const data = new Int32Array(rows.length * height * width);
  const mask = new Uint8Array(data.length);
  await eachPlane(column, rows, (value, at, unknown) => {
    const known = value >= 0 && value < classes && value !== unknown;
    data[at] = known ? value : 0;
    mask[at] = known ? 1 : 0;
  });
  return {
    [columnKey(name, 'value')]: { dtype: 'i32', shape, data },
    [columnKey(name, 'mask')]: { dtype: 'bool', shape, data: mask },
  };
}

/** Which of the numbers of pixels are known, and what each is times. */
export interface KnownNumbers {
  readonly scale: number;
  readonly isKnown: (number: number, row: Row) => boolean;
}

/** The numbers of one sample as they stand in its file, at the column's size; −1 is outside. */
export const planeOf = (column: ColumnOf<'map'> | ColumnOf<'mask'>, row: Row): Promise<Int32Array> =>
  decodedMedium(column, row, `${column.height}x${column.width}|${column.fit}|${column.kind}`, column.kind, async (bytes) =>
    fitNearest(await decodePlane(bytes), column),
  ); // prettier-ignore

async function eachPlane(
  column: ColumnOf<'map'> | ColumnOf<'mask'>,
  rows: readonly Row[],
  visit: (value: number, at: number, unknown: number | undefined) => void,
): Promise<void> {
  const planes = await Promise.all(rows.map((row) => planeOf(column, row)));
  planes.forEach((plane, position) => {
    const source = rows[position]?.columns[column.name];
    const unknown = source?.kind === 'path' ? source.unknown : undefined;
    for (let at = 0; at < plane.length; at++) visit(plane[at] ?? -1, position * plane.length + at, unknown);
  });
}

/** A picture of one channel with the numbers that stand in it: nothing is converted, and a palette is no number. */
async function decodePlane(bytes: Uint8Array): Promise<Plane> {
  const { default: sharp } = await import('sharp');
  sharp.concurrency(1);
  const { channels, depth, isPalette } = await sharp(bytes).metadata();
  if (channels !== 1 || isPalette)
    throw new Error(`it holds ${isPalette ? 'a palette' : `${channels ?? 0} channels`}, and numbers of pixels are one grey channel`);
  const wide = depth === 'ushort';
  const { data, info } = await sharp(bytes, { failOn: 'warning' })
    .toColourspace(wide ? 'grey16' : 'b-w')
    .raw({ depth: wide ? 'ushort' : 'uchar' })
    .toBuffer({ resolveWithObject: true });
  const { width, height } = info;
  const numbers = wide ? new Uint16Array(data.buffer.slice(data.byteOffset, data.byteOffset + data.length)) : data;
  return { width, height, data: numbers };
} // prettier-ignore

/**
 * The number of the nearest pixel: numbers are not mixed. The window is the one `fitImage` takes, so that a mask lies on its picture; −1
 * is outside of it.
 */
function fitNearest(plane: Plane, { width, height, fit }: ImageSize): Int32Array {
  const covers = fit === 'cover';
  const byWidth = covers === plane.width * height <= plane.height * width;
  const across = fit === 'stretch' || byWidth ? width : Math.max(1, Math.trunc((height * plane.width) / plane.height));
  const down = fit === 'stretch' || !byWidth ? height : Math.max(1, Math.trunc((width * plane.height) / plane.width));
  const left = roundHalfEven((across - width) / 2);
  const top = roundHalfEven((down - height) / 2);
  const out = new Int32Array(width * height).fill(-1);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const [fromX, fromY] = [x + left, y + top];
      if (fromX < 0 || fromX >= across || fromY < 0 || fromY >= down) continue;
      const column = Math.floor(((fromX + 0.5) * plane.width) / across);
      const row = Math.floor(((fromY + 0.5) * plane.height) / down);
      out[y * width + x] = plane.data[row * plane.width + column] ?? -1;
    }
  }
  return out;
}

function roundHalfEven(value: number): number {
  const floor = Math.floor(value);
  if (value - floor !== 0.5) return Math.round(value);
  return floor % 2 === 0 ? floor : floor + 1;
}
