/** Clouds of points: a list of triples in JSON, an array in a NumPy file, or a text of three numbers a line. */
import type { TensorValue } from '../backends/backend.ts';
import { columnKey } from '../batch-source.ts';
import { kindFault, type ColumnOf } from './decoding.ts';
import { decodedMedium, listOf } from './media.ts';
import { readNpy } from './npy.ts';
import type { Row } from './rows.ts';

/** f32 [n, points, 3]: the first points; a smaller cloud has the last ones masked. */
export async function decodePoints(
  column: ColumnOf<'points'>,
  rows: readonly Row[],
): Promise<Record<string, TensorValue>> {
  const { points, name } = column;
  const data = new Float32Array(rows.length * points * 3);
  const mask = new Uint8Array(rows.length * points);
  const clouds = await Promise.all(rows.map((row) => cloudOf(column, row)));
  clouds.forEach((kept, position) => {
    data.set(kept, position * points * 3);
    mask.fill(1, position * points, position * points + kept.length / 3);
  });
  return {
    [columnKey(name, 'value')]: { dtype: 'f32', shape: [rows.length, points, 3], data },
    [columnKey(name, 'mask')]: { dtype: 'bool', shape: [rows.length, points], data: mask },
  };
}

/** The first points of one sample, as triples. Throws CX8107. */
export async function cloudOf(column: ColumnOf<'points'>, row: Row): Promise<Float32Array> {
  const numbers = await cloud(column, row);
  if (numbers.length % 3 !== 0 || numbers.some((number) => !Number.isFinite(number)))
    throw kindFault(column.name, row, 'three numbers for each point', `${numbers.length} numbers`);
  return numbers.subarray(0, column.points * 3);
}

async function cloud(column: ColumnOf<'points'>, row: Row): Promise<Float32Array> {
  const list = listOf(column.name, row);
  if (list !== undefined) return Float32Array.from(list.flat(), Number);
  return decodedMedium(column, row, 'points', 'cloud of points', (bytes) => {
    const isNpy = bytes[0] === 0x93 && bytes[1] === 0x4e;
    if (isNpy) return Float32Array.from(readNpy(bytes).data, Number);
    const text = Buffer.from(bytes).toString('utf8').trim();
    if (text.startsWith('[')) return Float32Array.from((JSON.parse(text) as readonly unknown[]).flat(), Number);
    return Float32Array.from(text.split(/[\s,;]+/), Number);
  });
}
