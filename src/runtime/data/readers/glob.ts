import { existsSync, readdirSync, statSync } from 'node:fs';
import { basename, dirname, isAbsolute, join, relative, resolve } from 'node:path';
import { nearestName } from '../../../compiler/common/suggest.ts';
import { DataError } from '../data-error.ts';

/**
 * Files that match a pattern with `*`, `?`, `[…]` and `{a,b}` or `{000..012}`, sorted by name. `**` is not supported.
 * A pattern that ends in `.tar` also finds `.tar.gz`, as WebDataset's own reader opens both. Throws CX8101 if none does.
 */
export function matchFiles(pattern: string, projectFolder: string): string[] {
  const patterns = expandBraces(pattern).flatMap((one) => (one.endsWith('.tar') ? [one, `${one}.gz`] : [one]));
  const found = new Set(patterns.flatMap((one) => walk(isAbsolute(one) ? one : resolve(projectFolder, one))));
  if (found.size === 0) throw absent(pattern, projectFolder);
  return [...found].sort();
}

/** `a{b,c}` and `a{08..11}`; braces do not nest. */
export function expandBraces(pattern: string): string[] {
  const match = /\{([^{}]*)\}/.exec(pattern);
  if (match?.[1] === undefined) return [pattern];
  const [whole, inner] = [match[0], match[1]];
  const range = /^(\d+)\.\.(\d+)$/.exec(inner);
  const choices = range === null ? inner.split(',') : numbers(range[1] ?? '0', range[2] ?? '0');
  return choices.flatMap((choice) => expandBraces(pattern.replace(whole, () => choice)));
}

function numbers(from: string, to: string): string[] {
  const count = Math.max(0, Number(to) - Number(from) + 1);
  return Array.from({ length: count }, (_, k) => String(Number(from) + k).padStart(from.length, '0'));
}

function walk(path: string): string[] {
  if (!/[*?[]/.test(path)) return existsSync(path) && statSync(path).isFile() ? [path] : [];
  const parent = dirname(path);
  const parents = /[*?[]/.test(parent) ? folders(parent) : [parent];
  const name = segmentPattern(basename(path));
  return parents.flatMap((folder) =>
    namesIn(folder)
      .filter((entry) => name.test(entry))
      .map((entry) => join(folder, entry)),
  );
}

function folders(path: string): string[] {
  if (!/[*?[]/.test(path)) return [path];
  const name = segmentPattern(basename(path));
  return folders(dirname(path)).flatMap((folder) =>
    namesIn(folder)
      .filter((entry) => name.test(entry) && statSync(join(folder, entry)).isDirectory())
      .map((entry) => join(folder, entry)),
  );
}

function namesIn(folder: string): string[] {
  return existsSync(folder) && statSync(folder).isDirectory() ? readdirSync(folder).sort() : [];
}

/** A file name pattern with `*` and `?` as a regular expression. */
export function segmentPattern(segment: string): RegExp {
  const source = segment
    .replace(/[.+^$()|\\{}]/g, '\\$&')
    .replace(/\*/g, '.*')
    .replace(/\?/g, '.');
  return new RegExp(`^${source}$`);
}

/** Says what is there instead: the nearest file, or the nearest folder upward that exists. */
export function absent(path: string, projectFolder: string): DataError {
  const full = isAbsolute(path) ? path : resolve(projectFolder, path);
  let folder = dirname(full);
  while (!existsSync(folder) && dirname(folder) !== folder) folder = dirname(folder);
  const shown = relative(projectFolder, folder) || '.';
  const names = namesIn(folder);
  const wanted = relative(folder, full).split(/[\\/]/)[0] ?? '';
  const nearest = nearestName(wanted, names);
  const content =
    names.length === 0 ? 'is empty' : `holds ${names.slice(0, 8).join(', ')}${names.length > 8 ? ', …' : ''}`;
  return new DataError('world', 'CX8101', `no file matches "${path}"; \`${shown}\` ${content}`, {
    help:
      nearest === undefined
        ? 'check the path: it is relative to the folder of clipx.json'
        : `did you mean "${join(shown, nearest)}"?`,
  });
}
