/**
 * A run is a folder: `experiment.clipx` (canonical text), `program.json`, `digests.json`, `environment.json`, `events.ndjson`, `metrics.json`,
 * `checkpoint/`, `best/`, `samples/` where each is optimised by itself, `figures/`, `report.html`, `metrics.csv`, `tensorboard/` (written live), and `run.json`, which says how far it came. Every file is replaced by a rename or
 * appended by whole lines, so the folder reads at any moment.
 */
import { mkdirSync, readFileSync } from 'node:fs';
import { cpus, release, totalmem } from 'node:os';
import { join } from 'node:path';
import type { Program } from '../../compiler/program/program.ts';
import { writeFileAtomic, writeJsonAtomic } from '../atomic-file.ts';
import type { BackendInfo } from '../backends/backend.ts';
import type { EvaluationResult } from '../checkpoint.ts';
import { readEvents } from '../event-log.ts';
import type { RunEvent } from '../events.ts';
import { describeSystemError, RunError } from '../run-error.ts';
import type { RunRecord } from './run-record.ts';
import { validateJson } from './validate.ts';

/** Paths inside a run folder. */
export interface RunPaths {
  readonly folder: string;
  readonly record: string;
  readonly experiment: string;
  readonly program: string;
  readonly digests: string;
  readonly environment: string;
  readonly events: string;
  readonly metrics: string;
  readonly checkpoint: string;
  readonly best: string;
  /** What `train on each` left of each sample: a file each. */
  readonly samples: string;
  readonly figures: string;
  readonly report: string;
  /** Every step as a line of CSV, and for TensorBoard. */
  readonly courses: string;
  readonly tensorboard: string;
}

export function runPaths(folder: string): RunPaths {
  return {
    folder,
    record: join(folder, 'run.json'),
    experiment: join(folder, 'experiment.clipx'),
    program: join(folder, 'program.json'),
    digests: join(folder, 'digests.json'),
    environment: join(folder, 'environment.json'),
    events: join(folder, 'events.ndjson'),
    metrics: join(folder, 'metrics.json'),
    checkpoint: join(folder, 'checkpoint'),
    best: join(folder, 'best', 'weights.safetensors'),
    samples: join(folder, 'samples'),
    figures: join(folder, 'figures'),
    report: join(folder, 'report.html'),
    courses: join(folder, 'metrics.csv'),
    tensorboard: join(folder, 'tensorboard'),
  };
}

/**
 * The parameters that were optimised for one sample, `samples/0003.safetensors` of the third: every tensor that the stage changes, by its
 * name in the program, with the sample's name and step in the file's metadata.
 */
export const samplePath = ({ samples }: RunPaths, at: number): string =>
  join(samples, `${String(at + 1).padStart(4, '0')}.safetensors`);

/** `clip_gaze-full-s1-9b02d7aa`: name, row, seed and what the experiment means. */
function runFolderName(program: Program, seed: number): string {
  return `${slug(program.name)}-${slug(program.row)}-s${seed}-${program.digests.semantic.slice(0, 8)}`;
}

/** Letters, digits, `_` and `-`; whatever else stands between words becomes one `-`. */
function slug(text: string): string {
  return text.normalize('NFC').replaceAll(/[^\p{L}\p{M}\p{N}_-]+/gu, '-').replaceAll(/^-+|-+$/g, '') || 'row'; // prettier-ignore
}

export interface NewRun {
  readonly program: Program;
  readonly experimentText: string;
  readonly seed: number;
  readonly runsFolder: string;
  readonly inputs?: string;
  readonly now: () => number;
}

/**
 * Makes the folder of a new run, in state `pending`. A name that is taken gets `-2`, `-3` …: no run ever overwrites another.
 * Throws RunError CX8211 ….
 */
export async function createRunFolder({
  program,
  experimentText,
  seed,
  runsFolder,
  inputs,
  now,
}: NewRun): Promise<string> {
  const written = JSON.stringify(program);
  await validateJson('program', JSON.parse(written), 'the resolved program');
  const base = join(runsFolder, runFolderName(program, seed));
  const folder = claimFolder(base);
  const paths = runPaths(folder);
  try {
    mkdirSync(paths.checkpoint, { recursive: true });
    mkdirSync(paths.figures, { recursive: true });
  } catch (error) {
    throw describeSystemError(error, `the run folder ${folder} could not be made`);
  }
  writeFileAtomic(paths.experiment, experimentText);
  writeFileAtomic(paths.program, `${written}\n`);
  writeJsonAtomic(paths.digests, { schema: 'clipx.digests/1', ...program.digests });
  const created = new Date(now()).toISOString();
  await writeRunRecord(folder, {
    schema: 'clipx.run/1',
    state: 'pending',
    name: program.name,
    title: program.title,
    row: program.row,
    ...(program.random === true && { random: true as const }),
    seed,
    digests: program.digests,
    ...(inputs !== undefined && { inputs }),
    created,
    updated: created,
    process: process.pid,
  });
  return folder;
}

function claimFolder(base: string): string {
  try {
    mkdirSync(join(base, '..'), { recursive: true });
    for (let number = 1; ; number++) {
      const folder = number === 1 ? base : `${base}-${number}`;
      try {
        mkdirSync(folder);
        return folder;
      } catch (error) {
        if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
      }
    }
  } catch (error) {
    throw describeSystemError(error, `a run folder could not be made in ${join(base, '..')}`);
  }
}

export async function writeRunRecord(folder: string, record: RunRecord): Promise<void> {
  await validateJson('run', record, 'run.json');
  writeJsonAtomic(runPaths(folder).record, record);
}

export async function writeMetrics(
  folder: string,
  record: RunRecord,
  results: readonly EvaluationResult[],
): Promise<void> {
  const { name, row, seed, digests } = record;
  const metrics = { schema: 'clipx.metrics/1', name, row, seed, digests, results };
  await validateJson('metrics', metrics, 'metrics.json');
  writeJsonAtomic(runPaths(folder).metrics, metrics);
}

/** Writes what the numbers were made with. */
export async function writeEnvironment(folder: string, backend: BackendInfo, clipxVersion: string): Promise<void> {
  const environment = {
    schema: 'clipx.environment/1',
    clipx: clipxVersion,
    node: process.versions.node,
    v8: process.versions.v8,
    platform: process.platform,
    architecture: process.arch,
    release: release(),
    processor: cpus()[0]?.model ?? 'unknown',
    cores: cpus().length,
    memoryMiB: Math.round(totalmem() / 2 ** 20),
    backend,
  };
  await validateJson('environment', environment, 'environment.json');
  writeJsonAtomic(runPaths(folder).environment, environment);
}

export interface ReadRun {
  readonly folder: string;
  readonly record: RunRecord;
  /** True where the record says `running` and its process is gone: killed, to be resumed. */
  readonly dead: boolean;
  /** Every whole line. */
  readonly events: readonly RunEvent[];
  readonly results: readonly EvaluationResult[];
}

/** Reads a run folder in whatever state it is. Throws RunError CX8262 where it is none, CX8261 where a file does not fit its schema. */
export async function readRun(folder: string): Promise<ReadRun> {
  const paths = runPaths(folder);
  const record = (await readJson(paths.record)) as RunRecord | undefined;
  if (record === undefined) {
    throw new RunError('user', 'CX8262', `${folder} is not a run folder: it has no readable run.json`, {
      help: 'run folders lie in `runs/` of the project',
    });
  }
  await validateJson('run', record, paths.record);
  const metrics = await readJson(paths.metrics);
  if (metrics !== undefined) await validateJson('metrics', metrics, paths.metrics);
  return {
    folder,
    record,
    dead: record.state === 'running' && !isAlive(record.process),
    events: readEvents(paths.events),
    results: (metrics as { results: readonly EvaluationResult[] } | undefined)?.results ?? [],
  };
}

/** The program of a run, as it was compiled. */
export function readRunProgram(folder: string): Program {
  try {
    return JSON.parse(readFileSync(runPaths(folder).program, 'utf8')) as Program;
  } catch (cause) {
    throw new RunError('user', 'CX8262', `${folder} has no readable program.json`, { cause });
  }
}

async function readJson(path: string): Promise<unknown> {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as unknown;
  } catch {
    return undefined;
  }
}

/** Whether there is a process of this number. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: it is there and belongs to somebody else.
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
