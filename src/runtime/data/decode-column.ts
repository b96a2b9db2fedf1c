/** What a column of rows becomes in a batch, by the column's type. */
import { unreachable } from '../../compiler/common/invariant.ts';
import type { Column } from '../../compiler/program/column.ts';
import { elementCount } from '../../compiler/types/dtype.ts';
import type { TensorValue } from '../backends/backend.ts';
import { columnKey } from '../batch-source.ts';
import { zeros } from '../feeds.ts';
import { decodeAudio } from './audio-column.ts';
import { baseOf, isThere, placedEntries } from './column-entries.ts';
import type { DecodingContext, Draw } from './decoding.ts';
import { decodeFrames } from './film-column.ts';
import { decodeImages } from './image-column.ts';
import { decodeScalars, decodeVectors } from './number-columns.ts';
import { decodeMaps, decodeMasks } from './plane-columns.ts';
import { decodePoints } from './points-column.ts';
import { rowValue, wordOf, type Row } from './rows.ts';
import { decodeTemplates } from './template-column.ts';
import { decodeTexts } from './text-column.ts';
import { decodeView } from './views/decode-view.ts';
import { decodeClasses, decodeLabels } from './word-columns.ts';

/**
 * The tensors of one column for these rows, by `columnKey`. `at` are the rows' numbers in the data set. Of a list (`each`) every entry is
 * decoded like a sample of its own, and what is not there (`optional`, the end of a list) is zeros that part `present` says are none.
 */
export async function decodeColumn(
  column: Column,
  rows: readonly Row[],
  at: readonly number[],
  draw: Draw,
  context: DecodingContext,
): Promise<Record<string, TensorValue>> {
  const { each, optional, ...single } = column;
  if (each === undefined && optional === undefined) return decodeSingle(column, rows, at, draw, context);
  const base = baseOf(column, context);
  const most = each?.most ?? 1;
  const here = rows.map((row) => (optional === true && !isThere(base, row) ? [] : placedEntries(base, row)));
  const entries = here.flatMap((list, position) => list.map((entry) => ({ ...entry, position })));
  const packed = await decodeSingle(
    single,
    entries.map(({ row }) => row),
    entries.map(({ position }) => at[position] ?? 0),
    draw,
    context,
  );
  const outer = each === undefined ? [rows.length] : [rows.length, most];
  const tensors = Object.entries(packed).map(([key, value]): [string, TensorValue] => {
    const width = elementCount(value.shape.slice(1));
    const whole = zeros(value.dtype, [...outer, ...value.shape.slice(1)]);
    entries.forEach(({ position, place }, from) => {
      whole.data.set(value.data.subarray(from * width, (from + 1) * width), (position * most + place) * width);
    });
    return [key, whole];
  });
  const present = new Uint8Array(rows.length * most);
  for (const { position, place } of entries) present[position * most + place] = 1;
  const key = columnKey(column.name, 'present');
  return { ...Object.fromEntries(tensors), [key]: { dtype: 'bool', shape: outer, data: present } };
}

async function decodeSingle(
  column: Column,
  rows: readonly Row[],
  at: readonly number[],
  draw: Draw,
  context: DecodingContext,
): Promise<Record<string, TensorValue>> {
  if (column.view !== undefined) return decodeView({ ...column, view: column.view }, rows, at, draw, context);
  switch (column.kind) {
    case 'image':
      return decodeImages(column, rows);
    case 'text': {
      const { template } = column;
      if (template === undefined) return decodeTexts(column, rows, at, draw, context);
      return decodeTemplates({ ...column, template }, rows, at, draw, context);
    }
    case 'scalar':
      return decodeScalars(column, rows);
    case 'vector':
      return decodeVectors(column, rows);
    case 'frames':
      return decodeFrames(column, rows, at, draw);
    case 'map':
      return decodeMaps(column, rows);
    case 'mask':
      return decodeMasks(column, rows, context);
    case 'points':
      return decodePoints(column, rows);
    case 'audio':
      return decodeAudio(column, rows);
    case 'class':
      return decodeClasses(column, rows, await context.vocabulary(column.vocabulary));
    case 'labels':
      return decodeLabels(column, rows, await context.vocabulary(column.vocabulary));
    case 'id': {
      const data = Int32Array.from(rows, (row) => context.identity(column.name, wordOf(rowValue(row, column.name))));
      return { [columnKey(column.name, 'value')]: { dtype: 'i32', shape: [rows.length], data } };
    }
    default:
      return unreachable(column);
  }
}
