/** Numbers that a data set calls unknown, and words that its vocabulary does not have: what masks leave out. */
import type { Column } from '../../compiler/program/column.ts';
import type { TensorValue } from '../backends/backend.ts';
import { columnKey } from '../batch-source.ts';
import type { Row } from './rows.ts';

/** `"json.y" unknown 255`, or nothing where a number may be unknown. */
export function isUnknown(column: Column, row: Row, value: unknown): boolean {
  const source = row.columns[column.name];
  if (source?.kind !== 'path' || (column.unknown !== true && source.unknown === undefined)) return false;
  return value === null || (source.unknown !== undefined && Number(value) === source.unknown && value !== '');
}

/** Part `mask` bool [batch] of a column that has one. */
export function maskOfRows(
  column: Column,
  rows: readonly Row[],
  unknown: ReadonlySet<Row>,
): Record<string, TensorValue> {
  if (column.unknown !== true && !('open' in column && column.open)) return {};
  const data = Uint8Array.from(rows, (row) => (unknown.has(row) ? 0 : 1));
  return { [columnKey(column.name, 'mask')]: { dtype: 'bool', shape: [rows.length], data } };
}
