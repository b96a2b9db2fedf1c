import { invariant } from '../common/invariant.ts';
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

/** Files of `pytorch/library` with views of computed values, whose functions are called by the names of their files. */
const viewFiles: Readonly<Record<string, readonly string[]>> = {
  view_colours: ['blur', 'gray', 'jitter'],
  view_draws: ['between', 'chosen', 'one_of', 'ranked', 'sometimes'],
  view_entries: ['mask_spans', 'middle_window', 'real_length', 'reverse', 'shuffle', 'speed', 'window'],
  view_erasing: ['cutout', 'erase'],
  view_places: ['crop', 'multi_scale_crop', 'perspective', 'rotate'],
};

/** The file that has a function of views. */
export function viewFileOf(name: string): string {
  const [file] = Object.entries(viewFiles).find(([, names]) => names.includes(name)) ?? [];
  invariant(file, `no file of the library has a view ${name}`);
  return file;
}

/** Those files among names of modules. */
export const viewFilesAmong = (modules: ReadonlySet<string>): string[] =>
  Object.keys(viewFiles).filter((file) => modules.has(file));

/** The file of `pytorch/library` that has a function of formulas. */
export const fileOf = (name: string): string =>
  Object.entries(elsewhere).find(([, names]) => names.includes(name))?.[0] ?? 'functions';

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
  ...Object.keys(viewFiles).filter((file) => modules.some((module) => module.includes(` ${file}.`))),
];
