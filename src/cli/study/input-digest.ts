import { closeSync, existsSync, openSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, isAbsolute, join, relative } from 'node:path';
import { isBuiltInTokenizer } from '../../compiler/types/built-in-tokenizers.ts';
import type { Program } from '../../compiler/program/program.ts';
import { readWhole } from '../../runtime/atomic-file.ts';
import { matchFiles } from '../../runtime/data/readers/glob.ts';
import { sha256 } from '../../runtime/digest.ts';
import { hubCache } from '../../runtime/hub/hub-cache.ts';
import { projectFile } from '../../runtime/hub/project-file.ts';

/** Of each file so much of its beginning and of its end is read. */
const edge = 64 * 1024;
/** Of more files than this only names and sizes count: to open a million pictures would take longer than many a run. */
const mostOpened = 20_000;

/**
 * Digest of what a program reads besides itself: data, weights, tables of words. A file counts by its name, its size, its first and its last
 * 64 KiB, so that a data set of any size is known in seconds; what changes in the middle of a large file, at equal size, is not seen.
 */
export function inputDigest(program: Program, projectRoot: string): string {
  const files = [...new Set(inputPaths(program).flatMap((path) => filesOf(path, projectRoot)))].sort();
  const isOpened = files.length <= mostOpened;
  return sha256(files.map((file) => `${nameOf(file, projectRoot)}\0${trace(file, isOpened)}\n`).join(''));
}

/** The same on every machine: below the project, or below the cache of Hugging Face. */
function nameOf(file: string, projectRoot: string): string {
  const cached = relative(hubCache(), file);
  return cached.startsWith('..') || isAbsolute(cached) ? relative(projectRoot, file) : cached;
}

function inputPaths({ data, parameters, vocabularies, tokenizers }: Program): readonly string[] {
  const origins = data.flatMap(({ source }) => {
    if (!('path' in source)) return [];
    return source.kind === 'idx' && source.labels !== undefined ? [source.path, source.labels] : [source.path];
  });
  const weights = parameters.flatMap(({ init }) => (init.kind === 'file' ? [init.path] : []));
  const tables = vocabularies.flatMap(({ from }) => (from !== undefined && 'path' in from ? [from.path] : []));
  return [
    ...origins,
    ...weights,
    ...tables,
    ...tokenizers.flatMap(({ path }) => (isBuiltInTokenizer(path) ? [] : [path])),
  ];
}

/** The files below a folder, a file, or those of a pattern; nothing where there is none. What is rendered at first use is known by its manifest, rendered or not. */
function filesOf(path: string, projectRoot: string): string[] {
  const place = projectFile(projectRoot, path);
  const manifest = join(dirname(place), 'manifest.json');
  if (isOfRendered(manifest)) return [manifest];
  if (existsSync(place)) {
    if (!statSync(place).isDirectory()) return [place];
    return (
      readdirSync(place, { recursive: true, withFileTypes: true })
        .filter((entry) => !entry.name.startsWith('.'))
        .map((entry) => join(entry.parentPath, entry.name))
        // a link of the cache of Hugging Face counts as what it leads to
        .filter((file) => statSync(file, { throwIfNoEntry: false })?.isFile() === true)
    );
  }
  try {
    return matchFiles(path, projectRoot);
  } catch {
    return [];
  }
}

/** `schemas/rendered-data.json`: it holds the digest of every file that will be there. */
function isOfRendered(manifest: string): boolean {
  try {
    return (JSON.parse(readFileSync(manifest, 'utf8')) as { readonly schema?: unknown }).schema === 'clipx.data/1';
  } catch {
    return false;
  }
}

function trace(file: string, isOpened: boolean): string {
  const { size } = statSync(file);
  if (!isOpened) return String(size);
  const handle = openSync(file, 'r');
  try {
    const head = new Uint8Array(Math.min(edge, size));
    readWhole(handle, head, 0);
    const tail = new Uint8Array(Math.min(edge, Math.max(0, size - edge)));
    readWhole(handle, tail, size - tail.byteLength);
    return `${size} ${sha256(head, tail)}`;
  } finally {
    closeSync(handle);
  }
}
