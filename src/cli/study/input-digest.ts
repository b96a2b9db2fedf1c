import { createHash } from 'node:crypto';
import { closeSync, existsSync, openSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, isAbsolute, join, relative } from 'node:path';
import { isBuiltInTokenizer } from '../../compiler/types/built-in-tokenizers.ts';
import type { Program } from '../../compiler/program/program.ts';
import { readWhole } from '../../runtime/atomic-file.ts';
import { matchFiles } from '../../runtime/data/readers/glob.ts';
import { sha256 } from '../../runtime/digest.ts';
import { hubCache } from '../../runtime/hub/hub-cache.ts';
import { RunError } from '../../runtime/run-error.ts';
import type { RunPlace } from '../../runtime/weights/find-run.ts';
import { readRunWeights } from '../../runtime/weights/run-weights.ts';
import { projectFile } from '../../runtime/hub/project-file.ts';

/** Of each file so much of its beginning and of its end is read. */
const edge = 64 * 1024;
/** Of more files than this only names and sizes count: to open a million pictures would take longer than many a run. */
const mostOpened = 20_000;

/**
 * Digest of what a program reads besides itself: data, tables of words, weights, and what other runs left. A file of data counts by its name, its
 * size, its first and its last 64 KiB, so that a data set of any size is known in seconds; what changes in the middle of a large one, at equal
 * size, is not seen. Weights count by all that they hold: a network that was trained on may differ from another in its middle alone.
 */
export async function inputDigest(program: Program, place: RunPlace): Promise<string> {
  const { projectRoot } = place;
  const files = filesBelow(inputPaths(program), projectRoot);
  const isOpened = files.length <= mostOpened;
  const traces = files.map((file) => `${nameOf(file, projectRoot)}\0${trace(file, isOpened)}\n`);
  const weights = filesBelow(weightPaths(program), projectRoot).map((file) => `${nameOf(file, projectRoot)}\0${wholeDigest(file)}\n`); // prettier-ignore
  return sha256([...traces, ...weights, ...(await runDigests(program, place))].join(''));
}

/** What a program reads besides itself, by name: two programs with these equal read the same files, whatever is in them. */
export function namesOfInputs(program: Program): readonly string[] {
  const runs = program.parameters.flatMap(({ init }) => (init.kind === 'run' ? [JSON.stringify([init.run, init.row, init.seed])] : [])); // prettier-ignore
  return [...new Set([...inputPaths(program), ...weightPaths(program), ...runs])].sort();
}

const filesBelow = (paths: readonly string[], projectRoot: string): readonly string[] =>
  [...new Set(paths.flatMap((path) => filesOf(path, projectRoot)))].sort();

/** What other runs left of the tensors that start so. A run that is not there, or does not fit, is told where the cell runs. */
async function runDigests({ parameters }: Program, place: RunPlace): Promise<readonly string[]> {
  if (!parameters.some(({ init }) => init.kind === 'run')) return [];
  try {
    const { sources } = await readRunWeights(parameters, place);
    return sources.map(({ run, row, seed, sha256: digest }) => `run ${run} ${row} ${seed}\0${digest}\n`);
  } catch (error) {
    if (!(error instanceof RunError)) throw error;
    return ['run\0none\n'];
  }
}

const digests = new Map<string, string>();

/** Of all bytes, in parts; known for as long as size and time of the file stay. */
function wholeDigest(file: string): string {
  const { size, mtimeMs } = statSync(file);
  const key = `${file}\0${size}\0${mtimeMs}`;
  const known = digests.get(key);
  if (known !== undefined) return known;
  const hash = createHash('sha256');
  const handle = openSync(file, 'r');
  try {
    const part = new Uint8Array(4 * 2 ** 20);
    for (let at = 0; at < size;) {
      const count = readWhole(handle, part, at);
      if (count === 0) break;
      hash.update(part.subarray(0, count));
      at += count;
    }
  } finally {
    closeSync(handle);
  }
  const digest = hash.digest('hex');
  digests.set(key, digest);
  return digest;
}

/** Weights files and folders, and pictures that params start as. */
const weightPaths = ({ parameters }: Program): readonly string[] => [
  ...new Set(parameters.flatMap(({ init }) => (init.kind === 'file' || init.kind === 'image' ? [init.path] : []))),
];

/** The same on every machine: below the project, or below the cache of Hugging Face. */
function nameOf(file: string, projectRoot: string): string {
  const cached = relative(hubCache(), file);
  return cached.startsWith('..') || isAbsolute(cached) ? relative(projectRoot, file) : cached;
}

function inputPaths({ data, vocabularies, tokenizers }: Program): readonly string[] {
  const origins = data.flatMap(({ source }) => {
    if (!('path' in source)) return [];
    return source.kind === 'idx' && source.labels !== undefined ? [source.path, source.labels] : [source.path];
  });
  const tables = vocabularies.flatMap(({ from }) => (from !== undefined && 'path' in from ? [from.path] : []));
  return [...origins, ...tables, ...tokenizers.flatMap(({ path }) => (isBuiltInTokenizer(path) ? [] : [path]))];
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
