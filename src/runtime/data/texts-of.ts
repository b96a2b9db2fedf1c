import type { Column } from '../../compiler/program/column.ts';
import { kindFault } from './decoding.ts';
import { rowValue, type Row } from './rows.ts';

/** All texts a row may give: one, or the list that `draw` draws from. */
export function textsOf(column: string, row: Row): readonly string[] {
  const value = rowValue(row, column);
  const source = row.columns[column];
  if (source?.kind === 'draw') {
    if (Array.isArray(value) && value.length > 0 && value.every((one) => typeof one === 'string')) return value;
    throw kindFault(column, row, 'a list of texts', value, 'draw("…") draws one entry of a list');
  }
  if (typeof value === 'string') return [value];
  throw kindFault(
    column,
    row,
    'a text',
    value,
    Array.isArray(value)
      ? `write draw("${source?.kind === 'path' ? source.path : '…'}") to draw one of the list`
      : undefined,
  );
}

/** `text(max: 32)` and the `max:` of a tokenizer of the file say that longer texts are cut. */
export const isCutSaid = ({ most, cut }: Extract<Column, { kind: 'text' }>): boolean =>
  most !== undefined || cut !== undefined;
