/** What columns of files share: their bytes, decoded once, and the words for what can not be decoded. */
import type { Column } from '../../compiler/program/column.ts';
import { DataError } from './data-error.ts';
import type { ColumnOf } from './decoding.ts';
import { sampleName } from './raw-sample.ts';
import { rowValue, unmapped, type Row } from './rows.ts';

export type MediumColumn = ColumnOf<'image' | 'frames' | 'map' | 'mask' | 'points' | 'audio'>;

/** Bytes of a file, not a value of a table. */
export const isMedium = (column: Column): column is MediumColumn =>
  ['image', 'frames', 'map', 'mask', 'points', 'audio'].includes(column.kind);

/**
 * What `decode` makes of the bytes (or of the value, where the column reads one) of a row, kept for the next time under `form`. Throws
 * CX8103 with the name of the sample.
 */
export async function decodedMedium<Result>(
  column: Pick<Column, 'name'>,
  row: Row,
  form: string,
  what: string,
  decode: (bytes: Uint8Array) => Promise<Result> | Result,
): Promise<Result> {
  const path = slotOf(column.name, row, what);
  const slots = row.source.decoded<Result>(`${path}|${form}`);
  const known = slots[row.ordinal];
  if (known !== undefined) return known;
  const bytes = mediumBytes(column.name, row, what);
  try {
    const result = await decode(bytes);
    slots[row.ordinal] = result;
    return result;
  } catch (cause) {
    throw undecodable(`the ${what} \`${path}\``, row, `(${bytes.length} bytes)`, cause);
  }
}

/** The bytes of the file that a column has of a row; of a list those of its entry. Throws CX8101, CX8104, CX8107. */
function mediumBytes(column: string, row: Row, what: string): Uint8Array {
  const { given, sample, source } = row;
  if (given === undefined || !Object.hasOwn(given, column)) return source.bytes(sample, pathOf(column, row, what), column); // prettier-ignore
  return source.entryBytes(sample, given[column], listPath(column, row), column);
}

/** What tells decoded files of one sample apart: the path, and in a list the place. */
export const slotOf = (column: string, row: Row, what: string): string =>
  row.given !== undefined && Object.hasOwn(row.given, column)
    ? `${listPath(column, row)}[${row.place ?? ''}]`
    : pathOf(column, row, what);

function listPath(column: string, row: Row): string {
  const source = row.columns[column];
  return source === undefined || source.kind === 'template' ? column : source.path;
}

/** The path into the sample that a column of files has. */
function pathOf(column: string, row: Row, what: string): string {
  const source = row.columns[column];
  if (source === undefined) throw unmapped(column, Object.keys(row.columns));
  if (source.kind === 'path') return source.path;
  const article = /^[aeiou]/.test(what) ? 'an' : 'a';
  throw new DataError('user', 'CX8107', `column \`${column}\` is ${article} ${what}; "${source.kind}" gives text`);
}

export function undecodable(what: string, row: Row, more: string, cause: unknown): DataError {
  if (cause instanceof DataError) return cause;
  const reason = cause instanceof Error ? (cause.message.split('\n')[0] ?? '') : String(cause);
  return new DataError('world', 'CX8103', `${what} of sample ${sampleName(row.sample)} can not be decoded ${more}: ${reason}`.replace(' :', ':'), {
    sample: sampleName(row.sample),
    help: 'repair or remove it, or let the data set say `on_bad: skip`',
    cause,
  }); // prettier-ignore
}

/** The value of a table's cell or of JSON, where the column reads one and no file. */
export function listOf(column: string, row: Row): readonly unknown[] | undefined {
  const given = row.given !== undefined && Object.hasOwn(row.given, column) ? row.given[column] : undefined;
  if (given !== undefined) return Array.isArray(given) ? (given as readonly unknown[]) : undefined;
  const source = row.columns[column];
  if (source?.kind !== 'path') return undefined;
  const member = row.sample.members.get(source.path);
  const isValue = member?.kind === 'value' || /(^|\.)json\./.test(source.path);
  const value = isValue ? rowValue(row, column) : undefined;
  return Array.isArray(value) ? (value as readonly unknown[]) : undefined;
}

/** What a column of files holds of a row, for digests: the bytes of each file, or the numbers that stand in a table. */
export function mediumContent(column: string, row: Row): readonly (Uint8Array | string)[] {
  const list = listOf(column, row);
  if (list === undefined) return [mediumBytes(column, row, 'file')];
  if (list.some((entry) => typeof entry !== 'string')) return [JSON.stringify(list)];
  return list.map((entry) => row.source.entryBytes(row.sample, entry, listPath(column, row), column));
}
