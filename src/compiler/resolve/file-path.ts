import type { StringLiteral } from '../syntax/ast.ts';

/**
 * The path of data, weights or a table as the project names it: `./x` is relative to the file that says so, all else to the project.
 * Segments `..` stay as they are: what a path of data leads to is no program.
 */
export function filePath({ value, span }: Pick<StringLiteral, 'value' | 'span'>): string {
  if (!value.startsWith('./')) return value;
  const folder = span.file.slice(0, span.file.lastIndexOf('/') + 1);
  return `${folder}${value.slice('./'.length)}`;
}
