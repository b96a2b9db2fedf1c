import { readFileSync, statSync } from 'node:fs';
import { isAbsolute, relative, resolve, sep } from 'node:path';
import { sourceFile, type SourceFile } from '../compiler/source/source-file.ts';
import { CommandError } from './failure.ts';

/** An experiment is written by hand: past this it is some other file. */
const largest = 4 * 2 ** 20;

/** Reads a `.clipx` file as the project names it. Throws `CommandError` where it can not be read as text. */
export function readSource(path: string, cwd: string, root: string): SourceFile {
  const absolute = resolve(cwd, path);
  const status = statSync(absolute);
  if (status.isDirectory()) throw new CommandError('user', `${path} is a folder, expected a .clipx file`);
  if (status.size > largest) {
    const size = (status.size / 2 ** 20).toFixed(1);
    throw new CommandError('user', `${path} has ${size} MiB, expected at most ${largest / 2 ** 20} MiB of .clipx text`);
  }
  return decodeSource(readFileSync(absolute), projectPath(absolute, root));
}

/** Bytes as a source file. Throws `CommandError` where they are not UTF-8. */
function decodeSource(bytes: Uint8Array, path: string): SourceFile {
  try {
    return sourceFile(path, new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes));
  } catch {
    throw new CommandError('user', `${path} is not UTF-8 text`, 'save it with the encoding UTF-8');
  }
}

/** Relative to the project with forward slashes; as it is where it lies outside. */
function projectPath(absolute: string, root: string): string {
  const inside = relative(root, absolute);
  return inside.startsWith('..') ? absolute : inside.split(sep).join('/');
}

/** A path as the person at the terminal would type it. */
export function shorterPath(path: string, cwd: string): string {
  if (!isAbsolute(path)) return path;
  const inside = relative(cwd, path);
  return inside.startsWith('..') || inside === '' ? path : inside;
}
