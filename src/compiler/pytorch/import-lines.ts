import { lineLength } from './python-code.ts';

/** `from module import a, b`, a name a line in parentheses where it would be too long, in the order of `ruff`; nothing where nothing is imported. */
export function importLines(module: string, unsorted: readonly string[]): string[] {
  if (unsorted.length === 0) return [];
  const names = [...unsorted].sort((a, b) => kindOf(a) - kindOf(b) || compare(a.toLowerCase(), b.toLowerCase()));
  const flat = `from ${module} import ${names.join(', ')}`;
  if (flat.length <= lineLength) return [flat];
  return [`from ${module} import (`, ...names.map((name) => `    ${name},`), ')'];
}

/** Constants (which names in capitals are taken for), classes, all others. */
const kindOf = (name: string): number => (/^[A-Z][A-Z0-9_]+$/.test(name) ? 0 : /^[A-Z]/.test(name) ? 1 : 2);

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** Files of `pytorch/library` with functions of formulas, besides `functions.py`. */
const elsewhere: Readonly<Record<string, readonly string[]>> = { intervals: ['mean_ap', 'soft_nms'] };

/** Imports of what formulas call, file by file. */
export function libraryImports(functions: readonly string[]): string[] {
  const others = Object.entries(elsewhere).map(([file, names]) => [file, functions.filter((name) => names.includes(name))] as const); // prettier-ignore
  const apart = others.flatMap(([, names]) => names);
  return [
    ...importLines('.functions', functions.filter((name) => !apart.includes(name))), // prettier-ignore
    ...others.flatMap(([file, names]) => importLines(`.${file}`, names)),
  ];
}

/** Those of these files that generated modules import, and what they call by its name. */
export const libraryFiles = (modules: readonly string[]): string[] => [
  ...Object.keys(elsewhere).filter((file) => modules.some((module) => module.includes(`from .${file} import`))),
  ...['views'].filter((file) => modules.some((module) => module.includes(` ${file}.`))),
];
