/** Runs of packages by their own `train.py`, with what they leave behind. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { readCheckpoint } from '../../../src/runtime/checkpoint.ts';
import type { RunEvent } from '../../../src/runtime/events.ts';
import { readRun, runPaths } from '../../../src/runtime/records/run-folder.ts';
import { schemaChecker, validateJson } from '../../../src/runtime/records/validate.ts';
import { runPython } from './python.ts';

export type Terms = readonly Readonly<Record<string, number>>[];

export interface PackageRun {
  readonly folder: string;
  readonly events: readonly RunEvent[];
}

/** The terms of each step. */
export const termsOf = (events: readonly RunEvent[]): Terms =>
  events.flatMap((event) => (event.event === 'step' ? [Object.fromEntries(event.terms.map(({ name, raw }) => [name, raw ?? NaN]))] : [])); // prettier-ignore

export const launcher = (processes: number): readonly string[] =>
  processes === 1 ? [] : ['-m', 'torch.distributed.run', '--standalone', '--nproc-per-node', String(processes)];

/** The package `name` of `folder`, in so many processes. Its records fit their schemas. */
export async function trainPackage(python: string, folder: string, name: string, { processes, dataRoot, flags = [] }: { readonly processes: number; readonly dataRoot: string; readonly flags?: readonly string[] }): Promise<PackageRun> {
  const runs = join(folder, `${name}-${processes}${flags.join('')}`);
  runPython(python, [...launcher(processes), '-m', `${name}.train`, '--device', 'cpu', '--data-root', dataRoot, '--runs', runs, ...flags], folder);
  const [made = ''] = readdirSync(runs);
  const run = await readRun(join(runs, made));
  expect(run.record.state).toBe('complete');
  const check = await schemaChecker('event');
  expect(run.events.flatMap((event) => check(event))).toEqual([]);
  const paths = runPaths(run.folder);
  const lines = readFileSync(paths.events, 'utf8').trim().split('\n');
  expect(run.events).toHaveLength(lines.length);
  await validateJson('environment', JSON.parse(readFileSync(paths.environment, 'utf8')), 'environment.json');
  await validateJson('program', JSON.parse(readFileSync(paths.program, 'utf8')), 'program.json');
  expect((await readCheckpoint(paths.checkpoint))?.state.finished).toBe(true);
  return run;
} // prettier-ignore
