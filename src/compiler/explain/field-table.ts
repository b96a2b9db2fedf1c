import type { ExplainedField } from './explain-construct.ts';

/** A line a field, in columns. `own`: the source of what they belong to, which is not said again. */
export function fieldTable(fields: readonly ExplainedField[], own: string | null): string {
  if (fields.length === 0) return '';
  const rows = fields.map((field) => [
    field.name,
    field.required ? 'required' : (field.default ?? '-'),
    field.unit === null ? field.type : `${field.type} (${field.unit})`,
    field.source === null || field.source === own || field.source === 'clipx'
      ? field.doc
      : `${field.doc}; default: ${field.source}`,
  ]);
  const table = [['field', 'default', 'takes', ''], ...rows];
  const widths = [0, 1, 2].map((column) => Math.max(0, ...table.map((row) => row[column]?.length ?? 0)));
  const line = (row: readonly string[]): string =>
    `  ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ')}`.trimEnd();
  return `\n${table.map(line).join('\n')}\n`;
}
