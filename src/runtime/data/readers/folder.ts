import { existsSync, readdirSync, statSync } from 'node:fs';
import { basename, isAbsolute, join, relative, resolve, sep } from 'node:path';
import { DataError } from '../data-error.ts';
import type { Member, RawSample } from '../raw-sample.ts';
import { absent } from './glob.ts';

/**
 * Samples of a folder tree: files of one name but for their extensions are one sample, keyed by their path.
 * Besides its extensions a sample has `folder`, the sub-folder it stands in (the class of a class-per-folder set; "" at the top), and `file`, its name.
 */
export function readFolder(path: string, projectFolder: string): RawSample[] {
  const root = isAbsolute(path) ? path : resolve(projectFolder, path);
  if (!existsSync(root)) throw absent(path, projectFolder);
  if (!statSync(root).isDirectory())
    throw new DataError('user', 'CX8101', `"${path}" is a file; \`folder\` reads a folder`);
  const samples = new Map<string, Map<string, Member>>();
  for (const file of filesUnder(root)) {
    const name = basename(file);
    const dot = name.indexOf('.');
    if (dot <= 0) continue;
    const within = relative(root, file).split(sep).slice(0, -1).join('/');
    const stem = name.slice(0, dot);
    const key = within === '' ? stem : `${within}/${stem}`;
    const members = samples.get(key) ?? new Map<string, Member>();
    members.set(name.slice(dot + 1).toLowerCase(), { kind: 'file', path: file });
    members.set('folder', { kind: 'value', value: within.split('/')[0] ?? '', folder: root });
    members.set('file', { kind: 'value', value: stem, folder: root });
    samples.set(key, members);
  }
  if (samples.size === 0) throw new DataError('world', 'CX8101', `folder "${path}" holds no files with an extension`);
  return [...samples]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, members]) => ({ key, origin: basename(root), members }));
}

function filesUnder(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    if (entry.name.startsWith('.')) return [];
    const path = join(folder, entry.name);
    return entry.isDirectory() ? filesUnder(path) : entry.isFile() ? [path] : [];
  });
}
