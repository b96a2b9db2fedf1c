/**
 * Systems trained by their packages' own `train.py` and by clipx on onnxruntime, from the same files, weights and seed: two steps of every
 * stage and all evaluations, each program made small as `--random-data` makes it and given its made-up samples as files. Every term of every
 * step and every metric agree, and what a run in Python leaves behind fits the schemas.
 */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { writePytorchPackage } from '../../src/cli/pytorch-package.ts';
import type { Compilation } from '../../src/compiler/compile.ts';
import { lowererOf } from '../../src/compiler/lower/lower-program.ts';
import type { Program } from '../../src/compiler/program/program.ts';
import { createDataRoom } from '../../src/runtime/data/data-room.ts';
import type { RunEvent } from '../../src/runtime/events.ts';
import { runProgram } from '../../src/runtime/run.ts';
import { compileOnRandomData } from '../support/run-system.ts';
import { compileExperiment, projectRoot } from './support/compile-experiment.ts';
import { findPython } from './support/python.ts';
import { samplesOnDisk } from './support/samples-on-disk.ts';
import { systems, withoutMarks } from './support/systems.ts';
import { trainPackage } from './support/train-package.ts';

const python = findPython();
if (python === undefined)
  console.warn('systems trained by PyTorch are SKIPPED: no Python with all of pytorch/requirements.txt (npm run oracle:setup)'); // prettier-ignore

/** Trained in two processes as well: batches in chunks, batch norm, films, dropout, learned words. */
const inTwo: ReadonlySet<string> = new Set(['tbps-clip', 'pointclip-few', 'clip4clip', 'clip4vla', 'coop']);

/**
 * Where float32 does not say what comes of two steps, the first one is held to this, and all else to where there are numbers. Decibels of
 * powers that are zero but for rounding: of audioclip PyTorch is 1e-3 from itself in double precision at the first step, and clipx 2e-4.
 */
const open: Readonly<Record<string, number>> = { audioclip: 2e-3 };

const folder = mkdtempSync(join(tmpdir(), 'clipx-train-systems-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Seconds of processor time, by what was done. */
const took = new Map<string, number>();
afterAll(() => {
  const lines = [...took].sort(([, a], [, b]) => b - a).map(([what, seconds]) => `${seconds.toFixed(0).padStart(5)} s  ${what}`); // prettier-ignore
  console.info(`${[...took.values()].reduce((sum, each) => sum + each, 0).toFixed(0)} s in all\n${lines.join('\n')}`);
});

/** By onnxruntime. */
async function trainedByClipx(program: Program, project: string, runsFolder: string): Promise<readonly RunEvent[]> {
  const events: RunEvent[] = [];
  const outcome = await runProgram(
    { program, experimentText: '', seed: 1, backend: 'onnxruntime-node', threads: 1, projectRoot: project, runsFolder, clipxVersion: '0' },
    (event) => void events.push(event),
    { lower: lowererOf(program), inProcess: { openData: () => createDataRoom(program, { projectFolder: project, seed: 1 }) } },
  ); // prettier-ignore
  expect(outcome.error?.message).toBeUndefined();
  return events;
}

/** What a run told of numbers, in order: `train 2 L_N`, `val 2 R1`. */
function numbersOf(events: readonly RunEvent[]): Map<string, number | null> {
  const found = new Map<string, number | null>();
  const note = (place: string, value: number | null): void => {
    for (let count = 1; ; count++) {
      const name = count === 1 ? place : `${place} (${count})`;
      if (found.has(name)) continue;
      found.set(name, value);
      return;
    }
  };
  for (const event of events) {
    if (event.event === 'step') for (const { name, raw } of event.terms) note(`${event.stage} ${event.step} ${name}`, raw);
    if (event.event === 'eval')
      for (const { name, value, values } of event.metrics)
        for (const [at, each] of (values ?? [value]).entries()) note(`${event.stage}/${event.evaluation} ${event.step} ${name}[${at}]`, each);
  }
  return found;
} // prettier-ignore

/** How far from what clipx has a number may be, relative to it. */
function boundOf(system: string, place: string, first: string): number {
  const bound = open[system];
  if (bound === undefined) return 1e-4;
  return place.startsWith(`${first} 1 `) ? bound : Infinity;
}

/** What is further than it may be from what clipx has; means of cosines that cancel are held to two hundredths. */
function faultsOf(expected: ReadonlyMap<string, number | null>, found: ReadonlyMap<string, number | null>, bound: (place: string) => number): string[] {
  const places = new Set([...expected.keys(), ...found.keys()]);
  return [...places].flatMap((place) => {
    const [a, b] = [expected.get(place), found.get(place)];
    if (a === b) return [];
    const isNear = typeof a === 'number' && typeof b === 'number' && Math.abs(a - b) <= bound(place) * Math.max(Math.abs(a), 0.02);
    return isNear ? [] : [`${place}: ${b} in Python, ${a} in clipx`];
  });
} // prettier-ignore

/** Trains the package and the program, with the files of `project`, and compares what they tell. */
async function trainBoth(system: string, compilation: Compilation & { readonly program: Program }, project: string): Promise<void> {
  const name = system.replaceAll('-', '_');
  const runs = join(folder, `${name}-runs`);
  const { diagnostics } = await writePytorchPackage(compilation, { folder: join(folder, name), seed: 1, projectRoot: project, runsFolder: runs });
  expect(diagnostics.map(({ message }) => message)).toEqual([]);
  const start = process.cpuUsage();
  const expected = numbersOf(await trainedByClipx(compilation.program, project, runs));
  const { user, system: kernel } = process.cpuUsage(start);
  took.set(`${system}, clipx`, (user + kernel) / 1e6);
  expect(expected.size).toBeGreaterThan(0);
  const faults: string[] = [];
  const [first] = compilation.program.stages;
  for (const processes of inTwo.has(system) ? [1, 2] : [1]) {
    const begun = performance.now();
    const { events } = await trainPackage(python ?? '', folder, name, { processes, dataRoot: project, flags: ['--seed', '1'] });
    took.set(`${system}, Python in ${processes} (of the clock)`, (performance.now() - begun) / 1000);
    faults.push(...faultsOf(expected, numbersOf(events), (place) => boundOf(system, place, first?.name ?? '')).map((fault) => `in ${processes}: ${fault}`));
  }
  expect(faults).toEqual([]);
} // prettier-ignore

describe.skipIf(python === undefined)('by PyTorch as by onnxruntime', () => {
  test.each(systems)('%s', async (system) => {
    const project = join(folder, `${system}-project`);
    mkdirSync(project);
    const compiled = await compileOnRandomData(system);
    const files = compiled.program === undefined ? undefined : await samplesOnDisk(compiled.program, project);
    await trainBoth(system, withoutMarks(compiled, files), project);
  });

  // those that `twenty-steps.test.ts` does not have
  test.each(['zero-shot', 'cocoop', 'sweep'])('smoke/%s', async (experiment) => {
    const compiled = await compileExperiment(`experiments/smoke/${experiment}.clipx`);
    const stages = compiled.program.stages.map(({ epochs, ...stage }) => (stage.terms.length === 0 ? { ...stage, ...(epochs === undefined ? {} : { epochs }) } : { ...stage, steps: 2 })); // prettier-ignore
    await trainBoth(`smoke-${experiment}`, { ...compiled, program: { ...compiled.program, stages } }, projectRoot);
  });
});
