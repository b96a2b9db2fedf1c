import { lineLength } from './python-code.ts';

/** `from module import a, b`, a name a line in parentheses where it would be too long, in the order of `ruff`; nothing where nothing is imported. */
export function importLines(module: string, unsorted: readonly string[]): string[] {
  if (unsorted.length === 0) return [];
  const names = [...unsorted].sort((a, b) => compare(a.toLowerCase(), b.toLowerCase()));
  const flat = `from ${module} import ${names.join(', ')}`;
  if (flat.length <= lineLength) return [flat];
  return [`from ${module} import (`, ...names.map((name) => `    ${name},`), ')'];
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
