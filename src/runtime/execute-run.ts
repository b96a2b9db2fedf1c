/** One run from its folder to its last event, in the thread that calls it. `run.ts` starts it in a worker. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { changingParameters } from '../compiler/program/changing-parameters.ts';
import type { ParameterTensor } from '../compiler/program/parameter.ts';
import type { Program } from '../compiler/program/program.ts';
import { openHostSession } from './backends/host-session.ts';
import type { BackendName, Engine } from './backends/backend.ts';
import type { RunData } from './batch-source.ts';
import { writeCheckpoint } from './checkpoint.ts';
import type { Checkpoint, EvaluationResult } from './checkpoint.ts';
import { findOverlaps, overlapWords } from './data/overlap.ts';
import { tensorDigest } from './digest.ts';
import type { RunEvent, RunEventBody } from './events.ts';
import { samplePath, writeEnvironment, writeMetrics } from './records/run-folder.ts';
import { writeJsonAtomic } from './atomic-file.ts';
import { figureName } from './records/figures/figure.ts';
import { openRun } from './records/open-run.ts';
import { randomDataWords } from './records/summary.ts';
import type { OpenRun } from './records/open-run.ts';
import { floatsIn } from './records/run-parameters.ts';
import { asRunError, exitStatusOfFault, RunError } from './run-error.ts';
import type { RunFault } from './run-error.ts';
import { train } from './trainer.ts';
import type { RunStore } from './trainer.ts';
import { initialiseParameters } from './weights/initialise.ts';
import { readPictures } from './weights/read-pictures.ts';
import { readRunWeights } from './weights/run-weights.ts';
import { SafetensorsFile, writeSafetensors } from './weights/safetensors.ts';

/** Plain data, so that it can be sent to a worker. */
export interface RunRequest {
  readonly program: Program;
  /** The effective experiment in canonical form, for the record. */
  readonly experimentText: string;
  readonly seed: number;
  readonly backend: 'auto' | BackendName;
  readonly threads: number;
  /** Where `clipx engine install` put engines, if elsewhere than usual. */
  readonly engineFolder?: string;
  /** Paths of data and weights start here. */
  readonly projectRoot: string;
  readonly runsFolder: string;
  /** Digest of what its files hold, for the record. */
  readonly inputs?: string;
  /** Features are kept here; without it they are computed anew in every run. */
  readonly cacheFolder?: string;
  readonly clipxVersion: string;
  /** Folder of an interrupted or killed run of the same program to go on with. */
  readonly resume?: string;
  /** A checkpoint each so many steps, besides those by time. */
  readonly checkpointEvery?: number;
}

/** Function id → what the compiler lowered for an engine; the key `program` has the whole program for engines that keep state. */
export type Artefacts = ReadonlyMap<string, Uint8Array>;

export interface RunOutcome {
  readonly status: 'complete' | 'interrupted' | 'failed';
  /** Absent where not even the folder could be made. */
  readonly folder?: string;
  /** By the table of exit codes. */
  readonly exitStatus: number;
  readonly steps: number;
  readonly results: readonly EvaluationResult[];
  readonly error?: {
    readonly code: string;
    readonly fault: RunFault;
    readonly message: string;
    readonly help?: string;
  };
}

/** What a run needs of the thread it is in. Tests bring an engine or data of their own. */
export interface RunHost {
  readonly emit: (event: RunEvent) => void;
  readonly interrupted: () => boolean;
  /** Milliseconds since the Unix epoch, for records. */
  readonly now: () => number;
  /** Milliseconds, monotonic. */
  readonly clock: () => number;
  readonly openEngine: (request: RunRequest) => Promise<Engine>;
  readonly lower: (backend: BackendName) => Artefacts | Promise<Artefacts>;
  readonly openData: (request: RunRequest, emit: (event: RunEventBody) => void) => RunData;
}

/** Never throws: a failure is an outcome, an event and a state of the record. */
export async function executeRun(request: RunRequest, host: RunHost): Promise<RunOutcome> {
  let run: OpenRun | undefined;
  try {
    run = await openRun(request, host);
    const { status, steps, results } = await trainOn(run);
    await run.finish(status, steps);
    return { status, folder: run.paths.folder, exitStatus: status === 'complete' ? 0 : 130, steps, results };
  } catch (thrown) {
    const error = asRunError(thrown);
    const { code, fault, message, help } = error;
    const described = { code, fault, message, ...(help === undefined ? {} : { help }) };
    if (fault === 'internal' && error.cause instanceof Error)
      described.message = `${message} (${firstFrame(error.cause)})`;
    await run?.fail(described);
    return {
      status: 'failed',
      ...(run === undefined ? {} : { folder: run.paths.folder }),
      exitStatus: exitStatusOfFault[fault],
      steps: run?.steps() ?? 0,
      results: [],
      error: described,
    };
  } finally {
    run?.close();
  }
}

async function trainOn(run: OpenRun): ReturnType<typeof train> {
  const { request, host, paths, checkpoint, emit } = run;
  const { program, seed } = request;
  const engine = await host.openEngine(request);
  const { name, title, row, digests } = program;
  const resumedAt = request.resume === undefined ? {} : { resumedAt: checkpoint?.state.runStep ?? 0 };
  emit({
    event: 'run.start',
    name,
    title,
    row,
    seed,
    folder: paths.folder,
    digests,
    backend: engine.info,
    ...resumedAt,
  });
  await run.update({ state: 'running', backend: engine.info });
  if (program.random === true) emit({ event: 'warning', code: 'CX8115', message: randomDataWords });
  await writeEnvironment(paths.folder, engine.info, request.clipxVersion);
  const engineNow = `${engine.info.name} ${engine.info.version}`;
  if (checkpoint !== undefined && checkpoint.state.backend !== engineNow) {
    const message = `the checkpoint was made by ${checkpoint.state.backend} and goes on with ${engineNow}: the same up to rounding only`;
    emit({ event: 'warning', code: 'CX8253', message });
  }
  const { values: ofRuns, sources } = await readRunWeights(program.parameters, {
    projectRoot: request.projectRoot,
    runsFolder: request.runsFolder,
    ...(request.resume === undefined ? {} : { recorded: run.record().weights ?? [] }),
  });
  if (sources.length > 0) await run.update({ weights: sources });
  const given = new Map([...ofRuns, ...(await readPictures(program.parameters, request.projectRoot))]);
  const parameters = initialiseParameters(
    program.parameters,
    seed,
    request.projectRoot,
    program.tokenizers,
    given,
    '',
    program.encoders,
  );
  const frozenDigests = digestFrozen(program, parameters);
  if (checkpoint !== undefined) checkFrozenSince(checkpoint, frozenDigests);
  const sessionRequest = { program, artefacts: await host.lower(engine.info.name), parameters };
  const session = await (engine.openSession?.(sessionRequest) ?? openHostSession(engine, sessionRequest));
  // The session holds copies of what changes; the first values are needed no more.
  parameters.clear();
  const data = host.openData(request, emit);
  try {
    for (const overlap of await findOverlaps(program, data))
      emit({ event: 'warning', code: 'CX8113', message: overlapWords(overlap) });
    return await train({
      program,
      session,
      seed,
      frozenDigests,
      emit,
      data,
      interrupted: host.interrupted,
      redraw: (names, draw) => redrawn(program, names, (tensors) => initialiseParameters(tensors, seed, request.projectRoot, program.tokenizers, given, draw)), // prettier-ignore
      clock: host.clock,
      store: storeOf(run),
      ...(checkpoint === undefined ? {} : { resume: checkpoint }),
      ...(request.cacheFolder === undefined ? {} : { cacheFolder: join(request.cacheFolder, 'features'), stageFolder: join(request.cacheFolder, 'stages') }), // prettier-ignore
      ...(request.checkpointEvery === undefined ? {} : { checkpointEvery: request.checkpointEvery }),
    });
  } finally {
    await session.dispose();
  }
}

/** These tensors anew, with the tables that words among them are looked up in. What starts from a file or a number starts as it did. */
function redrawn(
  { parameters }: Program,
  names: ReadonlySet<string>,
  initialise: (tensors: readonly ParameterTensor[]) => Map<string, Float32Array>,
): ReadonlyMap<string, Float32Array> {
  const tables = new Set(parameters.flatMap(({ name, init }) => (names.has(name) && init.kind === 'words' ? [init.table] : []))); // prettier-ignore
  const values = initialise(parameters.filter(({ name }) => names.has(name) || tables.has(name)));
  return new Map([...values].filter(([name]) => names.has(name)));
}

/** What no stage changes, digested before an engine has seen it. */
function digestFrozen(program: Program, parameters: ReadonlyMap<string, Float32Array>): Map<string, string> {
  const changing = new Set(changingParameters(program).map(({ name }) => name));
  const frozen = new Map<string, string>();
  for (const [name, value] of parameters) if (!changing.has(name)) frozen.set(name, tensorDigest(value));
  return frozen;
}

function checkFrozenSince(checkpoint: Checkpoint, now: ReadonlyMap<string, string>): void {
  const changed = Object.entries(checkpoint.state.frozen).filter(([name, digest]) => now.get(name) !== digest);
  if (changed.length === 0) return;
  throw new RunError(
    'user',
    'CX8253',
    `frozen \`${changed[0]?.[0]}\` is not what the run began with (${changed.length} tensors differ)`,
    {
      help: 'its weights file changed since; put the old one back to resume',
    },
  );
}

function storeOf(run: OpenRun): RunStore {
  const { paths, emit, log } = run;
  return {
    async saveCheckpoint(state, parameters, slots, reason) {
      // The event of this checkpoint is the last that belongs to it; what follows is written again by a resumed run.
      log.sync();
      const { path, bytes } = await writeCheckpoint(
        paths.checkpoint,
        { ...state, events: log.next + 1, elapsed: run.elapsed() },
        parameters,
        slots,
      );
      emit({ event: 'checkpoint', step: state.runStep, path, bytes, reason });
    },
    async saveBest(best, parameters) {
      const tensors = new Map(parameters.map(({ name, shape, data }) => [name, { shape, data }]));
      const { bytes } = writeSafetensors(paths.best, tensors, {
        step: String(best.step),
        metric: best.metric,
        value: String(best.value),
      });
      emit({ event: 'checkpoint', step: best.step, path: paths.best, bytes, reason: 'best' });
    },
    async loadBest(best) {
      const file = new SafetensorsFile(paths.best);
      const { step } = file.metadata;
      file.close();
      if (step !== String(best.step)) {
        throw new RunError('world', 'CX8252', `${paths.best} is of step ${step}, expected step ${best.step}`);
      }
      return floatsIn(paths.best);
    },
    async saveSample({ at, name, step }, parameters) {
      const tensors = new Map(parameters.map(({ name: tensor, shape, data }) => [tensor, { shape, data }]));
      mkdirSync(paths.samples, { recursive: true });
      writeSafetensors(samplePath(paths, at), tensors, { sample: name, step: String(step) });
    },
    saveFigure(id, content) {
      writeJsonAtomic(join(paths.figures, `${figureName(id)}.json`), content);
      return Promise.resolve();
    },
    async saveResults(results) {
      const record = await run.update({ state: 'running' });
      await writeMetrics(paths.folder, record, results);
    },
    async progress(stage, step, steps, best) {
      await run.update({ state: 'running', stage, step, steps, ...(best === undefined ? {} : { best }) });
    },
  };
}

function firstFrame(error: Error): string {
  return (
    error.stack
      ?.split('\n')
      .find((line) => line.trimStart().startsWith('at '))
      ?.trim() ?? 'no stack'
  );
}
