/** What a sample holds of a column: nothing, one entry, or those of a list. */
import type { Column } from '../../compiler/program/column.ts';
import { DataError } from './data-error.ts';
import { kindFault, type DecodingContext } from './decoding.ts';
import { isMedium } from './media.ts';
import { memberOf } from './raw-sample.ts';
import { rowValue, type Row } from './rows.ts';

/** The column of the data that a view is made of. */
export function baseOf(column: Column, context: Pick<DecodingContext, 'column'>): Column {
  return column.view === undefined ? column : baseOf(context.column(column.view.of), context);
}

/** Whether a sample holds anything for an optional column. */
export function isThere(column: Column, row: Row): boolean {
  const source = row.columns[column.name];
  if (source === undefined) return false;
  try {
    if (isMedium(column) && column.each === undefined && source.kind === 'path') {
      const { member } = memberOf(row.sample, source.path, column.name);
      return member.kind !== 'value' || (member.value !== null && member.value !== '');
    }
    const value = rowValue(row, column.name);
    return value !== null && value !== '';
  } catch (error) {
    if (error instanceof DataError && error.code === 'CX8104') return false;
    throw error;
  }
}

/** The entries of a list as rows of their own; a column without `each` is one. */
export const entriesOf = (column: Column, row: Row): readonly Row[] => placedEntries(column, row).map((entry) => entry.row); // prettier-ignore

/** They, with their places in the list. */
export function placedEntries(column: Column, row: Row): readonly { readonly row: Row; readonly place: number }[] {
  const { each, name } = column;
  if (each === undefined) return [{ row, place: 0 }];
  const value = listed(rowValue(row, name));
  if (!Array.isArray(value)) throw kindFault(name, row, 'a list', value);
  if (value.length > each.most) throw kindFault(name, row, `at most ${each.most} entries`, value, `raise \`each ${each.axis}(max: …)\`, or shorten the list`); // prettier-ignore
  return value.flatMap((entry: unknown, place) => {
    // a list of files may name none in some places
    if (isMedium(column) && (entry === null || entry === '')) return [];
    const own = { ...row, place: row.place === undefined ? String(place) : `${row.place}.${place}` };
    return [{ row: { ...own, given: { ...row.given, [name]: entry } }, place }];
  });
}

/** The cell of a CSV file is text: a list in it is written as in JSON. */
function listed(value: unknown): unknown {
  if (typeof value !== 'string' || !value.trim().startsWith('[')) return value;
  try {
    return JSON.parse(value);
  } catch {
    return value;
  }
}
