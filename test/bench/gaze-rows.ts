/**
 * The worked example: how long it takes to compile, and what the feature cache spares. The runs are real runs, from the folder to the
 * certificate, on random pictures: their cost does not depend on what is on them.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { emitOnnx } from '../../src/compiler/lower/targets/onnx/emit-onnx.ts';
import { lowererOf } from '../../src/compiler/lower/lower-program.ts';
import type { Program } from '../../src/compiler/program/program.ts';
import type { Stage } from '../../src/compiler/program/stage.ts';
import type { RunData } from '../../src/runtime/batch-source.ts';
import type { RunEvent } from '../../src/runtime/events.ts';
import { createDataRoom } from '../../src/runtime/data/data-room.ts';
import { runProgram } from '../../src/runtime/run.ts';
import { inlineFeatures } from './inline-features.ts';
import { compileFile, repository } from './programs.ts';
import { randomData } from './random-data.ts';
import { median, minimum } from './statistics.ts';

const experiment = 'experiments/clip-gaze/clip-gaze.clipx';
const steps = 20;

export interface GazeOptions {
  readonly rounds: number;
  readonly threads: number;
}

interface RunTimes {
  /** From the first event to the last. */
  readonly total: number;
  /** Median of a step. */
  readonly step: number;
}

/** Lines of what was measured and the finding. */
export async function measureGaze({ rounds, threads }: GazeOptions): Promise<[what: string, finding: string][]> {
  const compiled = compileTimes(2 * rounds);
  const program = trainOnly(compileFile(experiment));
  const uncached = withoutFeatures(program);
  const data = randomData(program, steps * (program.stages[0]?.batch ?? 1));
  const off: RunTimes[] = [];
  const empty: RunTimes[] = [];
  const filled: RunTimes[] = [];
  for (let round = 0; round < rounds; round++) {
    const folder = mkdtempSync(join(tmpdir(), 'clipx-bench-'));
    try {
      off.push(await timeRun(uncached, data, folder, threads));
      empty.push(await timeRun(program, data, folder, threads));
      filled.push(await timeRun(program, data, folder, threads));
    } finally {
      rmSync(folder, { recursive: true });
    }
  }
  const described = (runs: readonly RunTimes[]): string =>
    `${milliseconds(median(runs.map(({ step }) => step)))} a step, ${milliseconds(median(runs.map(({ total }) => total)))} in all`;
  const ratios = off.map(({ step }, round) => step / (filled[round]?.step ?? Number.NaN));
  return [
    ['source to the ONNX bytes of the step, first time (at most 1000 ms)', milliseconds(compiled.first)],
    ['the same again, median (fastest)', `${milliseconds(compiled.median)} (${milliseconds(compiled.best)})`],
    [`${steps} steps, cache off: the frozen tower at every step`, described(off)],
    [`${steps} steps, cache on, empty`, described(empty)],
    [`${steps} steps, cache on, filled by the run before`, described(filled)],
    ['a step without the cache against one with it', `${median(ratios).toFixed(2)} times as long`],
  ];
}

function compileTimes(times: number): { first: number; median: number; best: number } {
  const all: number[] = [];
  for (let time = 0; time < times; time++) {
    const start = performance.now();
    const [stage] = compileFile(experiment).stages;
    if (stage !== undefined) emitOnnx(stage.step.graph);
    all.push(performance.now() - start);
  }
  return { first: all[0] ?? Number.NaN, median: median(all), best: minimum(all) };
}

/** The program for a few steps and without its evaluations. */
function trainOnly(program: Program): Program {
  const stages = program.stages.map((stage): Stage => {
    const short = { ...stage, steps, evaluations: [] };
    delete short.epochs;
    return short;
  });
  return { ...program, stages };
}

/** The same program as if nothing could be kept: what the cache holds is computed anew in every step. */
function withoutFeatures(program: Program): Program {
  const stages = program.stages.map(({ features, ...stage }): Stage =>
    features === undefined ? stage : { ...stage, step: inlineFeatures(stage.step, features) },
  );
  return { ...program, stages };
}

async function timeRun(
  program: Program,
  data: Pick<RunData, 'open'>,
  folder: string,
  threads: number,
): Promise<RunTimes> {
  const events: RunEvent[] = [];
  const outcome = await runProgram(
    {
      program,
      experimentText: '',
      seed: 1,
      backend: 'auto',
      threads,
      projectRoot: repository,
      runsFolder: join(folder, 'runs'),
      cacheFolder: join(folder, 'cache'),
      clipxVersion: '0.0.0',
    },
    (event) => events.push(event),
    {
      lower: lowererOf(program),
      inProcess: {
        openData: (_, emit) => {
          const room = createDataRoom(program, {
            projectFolder: repository,
            seed: 1,
            onWarning: (code, message) => emit({ event: 'warning', code, message }),
          });
          return { ...data, texts: (table) => room.texts(table) };
        },
      },
    },
  );
  if (outcome.status !== 'complete')
    throw new Error(`clip-gaze did not train: ${outcome.error?.message ?? outcome.status}`);
  const end = events.findLast(({ event }) => event === 'run.end');
  return {
    total: end?.event === 'run.end' ? end.ms : Number.NaN,
    step: median(events.flatMap((event) => (event.event === 'step' ? [event.ms] : []))),
  };
}

function milliseconds(value: number): string {
  return `${value.toFixed(0)} ms`;
}
