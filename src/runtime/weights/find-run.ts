/** `run("pretrain")`: which finished run a name or a path means. */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { isAbsolute, join, relative, sep } from 'node:path';
import { nearestName } from '../../compiler/common/suggest.ts';
import type { RunReference } from '../../compiler/program/parameter.ts';
import { readRecord, recordsIn } from '../records/records-in.ts';
import { readRunProgram } from '../records/run-folder.ts';
import type { RunRecord, WeightsSource } from '../records/run-record.ts';
import { RunError } from '../run-error.ts';

/** Where runs are looked for. */
export interface RunPlace {
  readonly projectRoot: string;
  readonly runsFolder: string;
  /** What a run that is gone on with, or looked at again, started from: those runs, not the latest ones. */
  readonly recorded?: readonly WeightsSource[];
}

export interface FoundRun {
  readonly folder: string;
  readonly record: RunRecord;
}

/**
 * The run in a folder; or of an experiment, the complete run of the row (`full`) and seed (its first) that was finished last. Throws
 * RunError CX8207 where there is none, CX8208 where it is not complete.
 */
export function findRun(reference: RunReference, place: RunPlace): FoundRun {
  const recorded = place.recorded?.find(({ run, row, seed }) => run === reference.run && (reference.row ?? row) === row && (reference.seed ?? seed) === seed); // prettier-ignore
  if (recorded !== undefined) return runIn(absolute(recorded.folder, place.projectRoot), recorded.run);
  if (reference.run.includes('/')) return runIn(absolute(reference.run, place.projectRoot), reference.run);
  return latestRun(reference, place);
}

/** For plans: the run that would be read, or why there is none. */
export function describeRun(
  reference: RunReference,
  place: RunPlace,
): { readonly folder: string } | { readonly missing: string } {
  try {
    return { folder: shorter(findRun(reference, place).folder, place.projectRoot) };
  } catch (error) {
    if (!(error instanceof RunError)) throw error;
    return { missing: [error.message, ...(error.help === undefined ? [] : [error.help])].join('; ') };
  }
}

const absolute = (path: string, root: string): string => (isAbsolute(path) ? path : join(root, path));

function runIn(folder: string, named: string): FoundRun {
  const record = readRecord(folder);
  if (record === undefined)
    throw new RunError('user', 'CX8207', `there is no run in \`${named}\``, {
      help: 'a path in `run("…")` is that of a run folder, relative to the project; a name is that of an experiment',
    });
  if (record.state !== 'complete') throw incomplete({ folder, record });
  if (record.random === true)
    throw new RunError('user', 'CX8207', `the run in \`${named}\` was on random data: what it left means nothing`, {
      help: 'run the experiment on its data',
    });
  return { folder, record };
}

function latestRun(reference: RunReference, place: RunPlace): FoundRun {
  const { run: name, row = 'full', seed } = reference;
  const all = recordsIn(place.runsFolder);
  const own = all.filter(({ record }) => record.name === name && record.random !== true);
  const ofRow = own.filter(({ record }) => record.row === row).sort((a, b) => (a.record.updated < b.record.updated ? 1 : -1)); // prettier-ignore
  const isWanted = (found: FoundRun): boolean => found.record.seed === (seed ?? firstSeed(found));
  const complete = ofRow.find((found) => found.record.state === 'complete' && isWanted(found));
  if (complete !== undefined) return complete;
  const begun = ofRow.find(isWanted);
  if (begun !== undefined) throw incomplete(begun);
  throw absent(reference, own, all, place);
}

function firstSeed({ folder, record }: FoundRun): number {
  try {
    return readRunProgram(folder).seeds[0] ?? 1;
  } catch {
    // a folder that can not be read is judged where it is read; its seed is its own
    return record.seed;
  }
}

function incomplete({ folder, record }: FoundRun): RunError {
  const ways: Partial<Record<RunRecord['state'], string>> = {
    interrupted: `go on with it: \`clipx resume ${folder}\``,
    running: 'wait for its end, or go on with it where it was killed: `clipx resume`',
  };
  return new RunError('user', 'CX8208', `the run ${folder} of \`${record.name}\` is ${record.state}, not complete`, {
    help: ways[record.state] ?? `run \`${record.name}\` again`,
  });
}

function absent(
  { run: name, row = 'full', seed }: RunReference,
  own: readonly FoundRun[],
  all: readonly FoundRun[],
  { projectRoot, runsFolder }: RunPlace,
): RunError {
  const wanted = `\`${name}\`${row === 'full' ? '' : `, row "${row}"`}, ${seed === undefined ? 'its first seed' : `seed ${seed}`}`;
  const names = [...new Set(all.map(({ record }) => record.name))];
  const there =
    own.length > 0
      ? `of it there are ${own.map(({ record }) => `row "${record.row}" seed ${record.seed} (${record.state})`).join(', ')}`
      : names.length > 0
        ? `there are runs of ${names.map((each) => `\`${each}\``).join(', ')}`
        : 'there is no run yet';
  const file = experimentFile(name, projectRoot);
  const command = ['clipx run', file, ...(row === 'full' ? [] : [`--variants "${row}"`]), ...(seed === undefined ? [] : [`--seeds ${seed}`])]; // prettier-ignore
  const near = nearestName(name, names);
  const make = `make one: \`${command.join(' ')}\``;
  const help = file !== undefined ? make : near !== undefined ? `did you mean \`${near}\`?` : `no file of the project declares \`experiment ${name}\``; // prettier-ignore
  const where = shorter(runsFolder, projectRoot);
  return new RunError('user', 'CX8207', `there is no run of ${wanted} in ${where}; ${there}`, { help });
}

/** A path as the project says it. */
export function shorter(path: string, projectRoot: string): string {
  const inside = relative(projectRoot, path);
  return inside === '' || inside.startsWith(`..${sep}`) || inside === '..' || isAbsolute(inside) ? path : inside;
}

/** What the run of a folder started from, as far as it is recorded. */
export const recordedWeights = (folder: string): readonly WeightsSource[] => readRecord(folder)?.weights ?? [];

/** The file of the project that declares an experiment, relative to the project: looked for a few folders deep. */
function experimentFile(name: string, projectRoot: string): string | undefined {
  const declares = (path: string): boolean => new RegExp(`^experiment\\s+${name}\\b`, 'mu').test(readFileSync(path, 'utf8')); // prettier-ignore
  if (!/^[\p{L}\p{N}_]+$/u.test(name)) return undefined;
  let folders = [projectRoot];
  for (let depth = 0; depth < 5 && folders.length > 0; depth++) {
    const inner: string[] = [];
    for (const folder of folders) {
      for (const entry of readdirSync(folder, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1))) {
        const path = join(folder, entry.name);
        if (entry.isDirectory() && !skipped.has(entry.name) && !entry.name.startsWith('.')) inner.push(path);
        if (!entry.isFile() || !entry.name.endsWith('.clipx') || statSync(path).size > 1e6) continue;
        if (declares(path)) return relative(projectRoot, path);
      }
    }
    folders = inner;
  }
  return undefined;
}

const skipped: ReadonlySet<string> = new Set(['node_modules', 'runs', 'data', 'weights', 'dist']);
