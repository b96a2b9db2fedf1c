/** One run from its folder to its last event, in the thread that calls it. `run.ts` starts it in a worker. */
import { join } from 'node:path';
import type { Program } from '../compiler/program/program.ts';
import { openHostSession, changingParameters } from './backends/host-session.ts';
import type { BackendName, Engine } from './backends/backend.ts';
import type { RunData } from './batch-source.ts';
import { readCheckpoint, writeCheckpoint } from './checkpoint.ts';
import type { Checkpoint, EvaluationResult, NamedTensor } from './checkpoint.ts';
import { tensorDigest } from './digest.ts';
import { openEventLog } from './event-log.ts';
import type { EventLog } from './event-log.ts';
import type { RunEvent, RunEventBody } from './events.ts';
import {
  createRunFolder,
  readRun,
  runPaths,
  writeEnvironment,
  writeMetrics,
  writeRunRecord,
} from './records/run-folder.ts';
import type { RunPaths } from './records/run-folder.ts';
import type { RunRecord } from './records/run-record.ts';
import { schemaChecker } from './records/validate.ts';
import { asRunError, exitStatusOfFault, RunError } from './run-error.ts';
import type { RunFault } from './run-error.ts';
import { train } from './trainer.ts';
import type { RunStore } from './trainer.ts';
import { initialiseParameters } from './weights/initialise.ts';
import { readSafetensors, SafetensorsFile, writeSafetensors } from './weights/safetensors.ts';

/** Plain data, so that it can be sent to a worker. */
export interface RunRequest {
  readonly program: Program;
  /** Function id → what the compiler lowered for the engine. */
  readonly artefacts: ReadonlyMap<string, Uint8Array>;
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
  /** Features are kept here; without it they are computed anew in every run. */
  readonly cacheFolder?: string;
  readonly clipxVersion: string;
  /** Folder of an interrupted or killed run of the same program to go on with. */
  readonly resume?: string;
  /** A checkpoint each so many steps, besides those by time. */
  readonly checkpointEvery?: number;
}

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
  readonly openData: (request: RunRequest, emit: (event: RunEventBody) => void) => RunData;
}

/** Never throws: a failure is an outcome, an event and a state of the record. */
export async function executeRun(request: RunRequest, host: RunHost): Promise<RunOutcome> {
  const started = host.clock();
  let run: OpenRun | undefined;
  try {
    run = await openRun(request, host);
    const { status, steps, results } = await trainOn(run);
    await run.finish(status, steps, host.clock() - started);
    return { status, folder: run.paths.folder, exitStatus: status === 'complete' ? 0 : 130, steps, results };
  } catch (thrown) {
    const error = asRunError(thrown);
    const { code, fault, message, help } = error;
    const described = { code, fault, message, ...(help === undefined ? {} : { help }) };
    if (fault === 'internal' && error.cause instanceof Error)
      described.message = `${message} (${firstFrame(error.cause)})`;
    await run?.fail(described, host.clock() - started);
    return {
      status: 'failed',
      ...(run === undefined ? {} : { folder: run.paths.folder }),
      exitStatus: exitStatusOfFault[fault],
      steps: run?.steps() ?? 0,
      results: [],
      error: described,
    };
  } finally {
    run?.log.close();
  }
}

interface OpenRun {
  readonly request: RunRequest;
  readonly host: RunHost;
  readonly paths: RunPaths;
  readonly log: EventLog;
  readonly checkpoint: Checkpoint | undefined;
  emit(body: RunEventBody): void;
  update(change: Partial<RunRecord>): Promise<RunRecord>;
  steps(): number;
  finish(status: 'complete' | 'interrupted', steps: number, ms: number): Promise<void>;
  fail(error: NonNullable<RunOutcome['error']>, ms: number): Promise<void>;
}

async function openRun(request: RunRequest, host: RunHost): Promise<OpenRun> {
  const { program, seed, resume } = request;
  const folder = resume ?? (await createRunFolder({ ...request, now: host.now }));
  const paths = runPaths(folder);
  const before = await readRun(folder);
  const checkpoint = resume === undefined ? undefined : await readCheckpoint(paths.checkpoint);
  if (resume !== undefined) checkResumable(before.record, checkpoint, program, seed, folder);
  const check = await schemaChecker('event');
  const keep = resume === undefined ? 0 : (checkpoint?.state.events ?? 0);
  const log = openEventLog(paths.events, keep, host.now, (event) => {
    const [fault] = check(event);
    if (fault !== undefined) throw new RunError('internal', 'CX8299', `an event does not fit its schema: ${fault}: ${JSON.stringify(event)}`); // prettier-ignore
  });
  let { record } = before;
  let steps = checkpoint?.state.runStep ?? 0;
  const resumeCommand = `clipx resume ${folder}`;

  const emit = (body: RunEventBody): void => {
    if (body.event === 'step') steps++;
    host.emit(log.append(body));
  };
  const update = async (change: Partial<RunRecord>): Promise<RunRecord> => {
    // A failure of an earlier sitting is over once the run goes on.
    const { error: _past, ...rest } = record;
    record = { ...rest, ...change, updated: new Date(host.now()).toISOString(), process: process.pid };
    await writeRunRecord(folder, record);
    return record;
  };
  const end = (ms: number): { ms: number; steps: number; peakMiB: number } => ({
    ms,
    steps,
    // The whole process: the engine's native memory counts.
    peakMiB: Math.round(process.resourceUsage().maxRSS / 1024),
  });
  return {
    request,
    host,
    paths,
    log,
    checkpoint,
    emit,
    update,
    steps: () => steps,
    async finish(status, done, ms) {
      const interrupted =
        status === 'interrupted' ? { resume: resumeCommand, message: `stopped after step ${done}` } : {};
      emit({ event: 'run.end', status, ...end(ms), steps: done, ...interrupted });
      log.sync();
      await update({ state: status });
    },
    async fail(error, ms) {
      // Where the world fails (a full disk), these writes may fail as well: the outcome still says why.
      const { code, message, fault } = error;
      const canResume =
        fault === 'world' && (await readCheckpoint(paths.checkpoint).catch(() => undefined)) !== undefined;
      const resumed = canResume ? { resume: resumeCommand } : {};
      try {
        emit({ event: 'run.end', status: 'failed', ...end(ms), code, message, ...resumed });
        log.sync();
        await update({ state: 'failed', error });
      } catch {
        // Said by the outcome.
      }
    },
  };
}

function checkResumable(
  record: RunRecord,
  checkpoint: Checkpoint | undefined,
  program: Program,
  seed: number,
  folder: string,
): void {
  if (record.state === 'complete') {
    throw new RunError('user', 'CX8254', `${folder} is complete: there are no steps left`, {
      help: 'run the experiment anew',
    });
  }
  const semantic = checkpoint?.state.semantic ?? record.digests.semantic;
  const recordedSeed = checkpoint?.state.seed ?? record.seed;
  if (semantic !== program.digests.semantic || recordedSeed !== seed) {
    const what = recordedSeed === seed ? 'another experiment' : `seed ${recordedSeed}, not ${seed}`;
    throw new RunError(
      'user',
      'CX8253',
      `${folder} is a run of ${what}: digest ${semantic.slice(0, 12)}, here ${program.digests.semantic.slice(0, 12)}`,
      {
        help: 'a changed experiment is a new run; resume goes on with the program in the run folder',
      },
    );
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
  await writeEnvironment(paths.folder, engine.info, request.clipxVersion);
  const engineNow = `${engine.info.name} ${engine.info.version}`;
  if (checkpoint !== undefined && checkpoint.state.backend !== engineNow) {
    const message = `the checkpoint was made by ${checkpoint.state.backend} and goes on with ${engineNow}: the same up to rounding only`;
    emit({ event: 'warning', code: 'CX8253', message });
  }
  const parameters = initialiseParameters(program.parameters, seed, request.projectRoot);
  const frozenDigests = digestFrozen(program, parameters);
  if (checkpoint !== undefined) checkFrozenSince(checkpoint, frozenDigests);
  const session = await openHostSession(engine, { program, artefacts: request.artefacts, parameters });
  // The session holds copies of what changes; the first values are needed no more.
  parameters.clear();
  try {
    return await train({
      program,
      session,
      seed,
      frozenDigests,
      emit,
      data: host.openData(request, emit),
      interrupted: host.interrupted,
      clock: host.clock,
      store: storeOf(run),
      ...(checkpoint === undefined ? {} : { resume: checkpoint }),
      ...(request.cacheFolder === undefined ? {} : { cacheFolder: join(request.cacheFolder, 'features') }),
      ...(request.checkpointEvery === undefined ? {} : { checkpointEvery: request.checkpointEvery }),
    });
  } finally {
    await session.dispose();
  }
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
        { ...state, events: log.next + 1 },
        parameters,
        slots,
      );
      emit({ event: 'checkpoint', step: state.runStep, path, bytes, reason });
    },
    async saveBest(best, parameters) {
      const tensors = new Map(parameters.map(({ name, shape, data }) => [name, { shape, data }]));
      const bytes = writeSafetensors(paths.best, tensors, {
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
    async saveResults(results) {
      const record = await run.update({ state: 'running' });
      await writeMetrics(paths.folder, record, results);
    },
    async progress(stage, step, steps, best) {
      await run.update({ state: 'running', stage, step, steps, ...(best === undefined ? {} : { best }) });
    },
  };
}

function floatsIn(path: string): Map<string, Float32Array> {
  const values = new Map<string, Float32Array>();
  for (const [name, { data }] of readSafetensors(path)) if (data instanceof Float32Array) values.set(name, data);
  return values;
}

/**
 * The parameters that a run ended with: the selected ones where an evaluation selected, else the last ones; frozen ones from where they
 * came. In table order. Throws RunError CX8251 where the run has no checkpoint yet.
 */
export async function readRunParameters(
  folder: string,
  program: Program,
  seed: number,
  projectRoot: string,
): Promise<NamedTensor[]> {
  const checkpoint = await readCheckpoint(runPaths(folder).checkpoint);
  if (checkpoint === undefined) throw new RunError('user', 'CX8251', `${folder} has no checkpoint yet`);
  const start = initialiseParameters(program.parameters, seed, projectRoot);
  const { best, finished } = checkpoint.state;
  const trained = best !== undefined && finished !== true ? floatsIn(runPaths(folder).best) : checkpoint.parameters;
  return program.parameters.map(({ name, shape }) => ({
    name,
    shape,
    data: trained.get(name) ?? start.get(name) ?? new Float32Array(),
  }));
}

function firstFrame(error: Error): string {
  return (
    error.stack
      ?.split('\n')
      .find((line) => line.trimStart().startsWith('at '))
      ?.trim() ?? 'no stack'
  );
}
