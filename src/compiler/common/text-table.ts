/** A table in columns of equal width, a head and rows, each line ended. */
export function textTable(
  heads: readonly string[],
  rows: readonly (readonly string[])[],
  align: readonly ('left' | 'right')[],
): string {
  const widths = heads.map((head, column) => Math.max(...[head, ...rows.map((row) => row[column] ?? '')].map(width)));
  return [heads, ...rows]
    .map((row) => row.map((text, column) => padded(text, widths[column] ?? 0, align[column] ?? 'left')).join('  '))
    .map((line) => `${line.trimEnd()}\n`)
    .join('');
}

function padded(text: string, size: number, align: 'left' | 'right'): string {
  const space = ' '.repeat(Math.max(0, size - width(text)));
  return align === 'left' ? text + space : space + text;
}

function width(text: string): number {
  return Array.from(text).length;
}
