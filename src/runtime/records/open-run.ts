import type { Program } from '../../compiler/program/program.ts';
import { readCheckpoint } from '../checkpoint.ts';
import type { Checkpoint } from '../checkpoint.ts';
import { openEventLog, readEvents } from '../event-log.ts';
import type { EventLog } from '../event-log.ts';
import type { RunEventBody } from '../events.ts';
import type { RunHost, RunOutcome, RunRequest } from '../execute-run.ts';
import { RunError } from '../run-error.ts';
import { createRunFolder, readRun, runPaths, writeRunRecord } from './run-folder.ts';
import type { RunPaths } from './run-folder.ts';
import type { RunRecord } from './run-record.ts';
import { openTensorboardLog } from './tensorboard-log.ts';
import { schemaChecker } from './validate.ts';

/** A run that has begun: its folder, log and record. */
export interface OpenRun {
  readonly request: RunRequest;
  readonly host: RunHost;
  readonly paths: RunPaths;
  readonly log: EventLog;
  readonly checkpoint: Checkpoint | undefined;
  readonly emit: (body: RunEventBody) => void;
  /** As it stands. */
  record(): RunRecord;
  update(change: Partial<RunRecord>): Promise<RunRecord>;
  steps(): number;
  /** Milliseconds, earlier sittings included. */
  elapsed(): number;
  finish(status: 'complete' | 'interrupted', steps: number): Promise<void>;
  fail(error: NonNullable<RunOutcome['error']>): Promise<void>;
  /** Closes what is written as the run goes. */
  close(): void;
}

/** Makes or reopens the folder of a run. Throws RunError CX8253, CX8254 where it cannot go on there. */
export async function openRun(request: RunRequest, host: RunHost): Promise<OpenRun> {
  const { program, seed, resume } = request;
  const started = host.clock();
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
  const board = openTensorboardLog(
    { folder: paths.tensorboard, created: Date.parse(record.created), several: program.stages.length > 1 },
    readEvents(paths.events),
  );
  let steps = checkpoint?.state.runStep ?? 0;
  const resumeCommand = `clipx resume ${folder}`;

  const isWorthTelling = progressThrottle(host.clock);
  const emit = (body: RunEventBody): void => {
    if (body.event === 'step') steps++;
    if (body.event === 'progress' && !isWorthTelling(body)) return;
    const event = log.append(body);
    board.append(event);
    host.emit(event);
  };
  const update = async (change: Partial<RunRecord>): Promise<RunRecord> => {
    // A failure of an earlier sitting is over once the run goes on.
    const { error: _past, ...rest } = record;
    record = { ...rest, ...change, updated: new Date(host.now()).toISOString(), process: process.pid };
    await writeRunRecord(folder, record);
    return record;
  };
  const elapsed = (): number => (checkpoint?.state.elapsed ?? 0) + host.clock() - started;
  const end = (): { ms: number; steps: number; peakMiB: number } => ({
    ms: elapsed(),
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
    record: () => record,
    update,
    steps: () => steps,
    elapsed,
    async finish(status, done) {
      const interrupted =
        status === 'interrupted' ? { resume: resumeCommand, message: `stopped after step ${done}` } : {};
      emit({ event: 'run.end', status, ...end(), steps: done, ...interrupted });
      log.sync();
      await update({ state: status });
    },
    async fail(error) {
      // Where the world fails (a full disk), these writes may fail as well: the outcome still says why.
      const { code, message, fault } = error;
      const canResume =
        fault === 'world' && (await readCheckpoint(paths.checkpoint).catch(() => undefined)) !== undefined;
      const resumed = canResume ? { resume: resumeCommand } : {};
      try {
        emit({ event: 'run.end', status: 'failed', ...end(), code, message, ...resumed });
        log.sync();
        await update({ state: 'failed', error });
      } catch {
        // Said by the outcome.
      }
    },
    close() {
      log.close();
      board.close();
    },
  };
}

/** Lets the first and last of each task through, and of the others a few a second. */
function progressThrottle(clock: () => number): (progress: { task: string; done: number; total: number }) => boolean {
  const told = new Map<string, number>();
  return ({ task, done, total }) => {
    const now = clock();
    if (done > 0 && done < total && now - (told.get(task) ?? -Infinity) < 250) return false;
    told.set(task, now);
    return true;
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
