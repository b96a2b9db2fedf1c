/** Columns of numbers: one (`scalar`), or so many (`vector`). */
import type { Column } from '../../compiler/program/column.ts';
import type { TensorValue } from '../backends/backend.ts';
import { columnKey } from '../batch-source.ts';
import { kindFault, type ColumnOf } from './decoding.ts';
import { rowValue, type Row } from './rows.ts';
import { isUnknown, maskOfRows } from './unknown-values.ts';

/** f32 [batch]; where a number may be unknown, part `mask` bool [batch]. Throws CX8107. */
export function decodeScalars(column: ColumnOf<'scalar'>, rows: readonly Row[]): Record<string, TensorValue> {
  const unknown = new Set(rows.filter((row) => isUnknown(column, row, rowValue(row, column.name))));
  const data = Float32Array.from(rows, (row) => (unknown.has(row) ? 0 : scalarOf(column, row)));
  return {
    [columnKey(column.name, 'value')]: { dtype: 'f32', shape: [rows.length], data },
    ...maskOfRows(column, rows, unknown),
  };
}

/** f32 [batch, size]; where a number may be unknown, part `mask` bool of the same shape. Throws CX8107. */
export function decodeVectors(column: ColumnOf<'vector'>, rows: readonly Row[]): Record<string, TensorValue> {
  const data = new Float32Array(rows.length * column.size);
  const mask = new Uint8Array(data.length);
  rows.forEach((row, position) => {
    vectorOf(column, row).forEach((number, place) => {
      const known = number !== undefined;
      data[position * column.size + place] = number ?? 0;
      mask[position * column.size + place] = known ? 1 : 0;
    });
  });
  const shape = [rows.length, column.size];
  return {
    [columnKey(column.name, 'value')]: { dtype: 'f32', shape, data },
    ...(column.unknown === true ? { [columnKey(column.name, 'mask')]: { dtype: 'bool', shape, data: mask } } : {}),
  };
}

/** The number of a row as the graph takes it. Throws CX8107. */
export const scalarOf = (column: ColumnOf<'scalar'>, row: Row): number =>
  numberOf(column, row, rowValue(row, column.name)) * column.scale;

/** Undefined where an entry is unknown. */
function vectorOf(column: ColumnOf<'vector'>, row: Row): (number | undefined)[] {
  const value = rowValue(row, column.name);
  const entries: readonly unknown[] = Array.isArray(value)
    ? value
    : typeof value === 'string'
      ? value.trim().split(/[\s,;]+/)
      : [value];
  if (entries.length !== column.size) throw kindFault(column.name, row, `${column.size} numbers`, value);
  return entries.map((entry) => (isUnknown(column, row, entry) ? undefined : numberOf(column, row, entry)));
}

function numberOf(column: Column, row: Row, value: unknown): number {
  const number =
    typeof value === 'string' && value.trim() !== ''
      ? Number(value)
      : typeof value === 'boolean'
        ? Number(value)
        : value;
  if (typeof number !== 'number' || !Number.isFinite(number)) throw kindFault(column.name, row, 'a number', value);
  return number;
}
