/** A package that trains in processes of its own: started, followed by the log of its run, and stopped. */
import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { basename, dirname } from 'node:path';
import { openEventLog } from '../../runtime/event-log.ts';
import type { RunEvent } from '../../runtime/events.ts';
import { readRun, runPaths, writeRunRecord } from '../../runtime/records/run-folder.ts';
import type { ReportExtras } from '../../runtime/records/report-view.ts';
import type { CommandContext } from '../context.ts';
import { exitCodeOfFault, ExitCode } from '../exit-codes.ts';
import { followEvents } from '../follow-events.ts';
import { packageVersion } from '../package-version.ts';
import type { FinishedRun } from '../run-experiment.ts';
import type { CellEnd } from '../study/cell.ts';
import { readFinished } from '../study/read-run.ts';

export interface PythonLaunch {
  readonly python: string;
  /** Of the run; its log is there. */
  readonly folder: string;
  /** Of the package. */
  readonly package: string;
  readonly processes: number;
  /** Threads of all processes together; 0 for as many as there are cores. */
  readonly threads: number;
  /** What `train` is told. */
  readonly words: readonly string[];
}

/**
 * Trains to the end; `onEvent` gets every event that is not in the log yet, in order. `signal`: the processes finish their step and write a
 * checkpoint. A process that ends without a last word leaves a run that failed.
 */
export async function trainInPython(
  launch: PythonLaunch,
  context: CommandContext,
  onEvent: (event: RunEvent) => void,
  signal: AbortSignal,
): Promise<void> {
  const { python, folder, processes } = launch;
  const { variables, sleep, now } = context.environment;
  const path = runPaths(folder).events;
  let told = (await readRun(folder)).events.length;
  const threads = Math.max(1, Math.floor((launch.threads || availableParallelism()) / processes));
  const launcher = processes === 1 ? [] : ['-m', 'torch.distributed.run', '--standalone', '--nproc-per-node', String(processes)]; // prettier-ignore
  const child = spawn(python, [...launcher, '-m', `${basename(launch.package)}.train`, ...launch.words], {
    cwd: dirname(launch.package),
    // a group of its own: Ctrl-C reaches this process alone, which then asks the others once
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { OMP_NUM_THREADS: String(threads), ...variables, CLIPX_VERSION: packageVersion(), PYTHONUNBUFFERED: '1' },
  });
  const ended = endOf(child, signal);
  let isOver = false;
  void ended.then(() => (isOver = true));
  const follow = async (wait: boolean): Promise<void> => {
    let seen = 0;
    const events = followEvents(path, { wait, sleep, stopped: () => wait && isOver, onBadLine: () => undefined });
    for await (const event of events) {
      seen++;
      if (seen <= told) continue;
      told = seen;
      onEvent(event);
    }
  };
  await follow(true);
  const { said, how } = await ended;
  // what was written last before the process went
  await follow(false);
  await settle(folder, said, how, onEvent, now);
}

/** What the process said on stderr, and how it ended; `signal` is handed on, once. */
function endOf(child: ChildProcess, signal: AbortSignal): Promise<{ readonly said: string; readonly how: string }> {
  let said = '';
  for (const stream of [child.stderr, child.stdout]) {
    stream?.setEncoding('utf8');
    stream?.on('data', (text: string) => (said = (said + text).slice(-16_000)));
  }
  const stop = (): void => void child.kill('SIGINT');
  if (signal.aborted) stop();
  signal.addEventListener('abort', stop, { once: true });
  const kill = (): void => void child.kill('SIGKILL');
  process.once('exit', kill);
  return new Promise((resolve) => {
    const finish = (how: string): void => {
      process.off('exit', kill);
      signal.removeEventListener('abort', stop);
      resolve({ said, how });
    };
    child.once('error', (error) => finish(error.message));
    child.once('close', (code, killed) => finish(killed === null ? `status ${code}` : killed));
  });
}

type RecordedFault = NonNullable<Awaited<ReturnType<typeof readRun>>['record']['error']>;

/** A process that ended without a last word: the log and the record still get theirs. */
async function settle(
  folder: string,
  said: string,
  how: string,
  onEvent: (event: RunEvent) => void,
  now: () => number,
): Promise<void> {
  const { record, events } = await readRun(folder);
  if (events.at(-1)?.event === 'run.end' && record.state !== 'running' && record.state !== 'pending') return;
  const known = /^error\[(CX\d+)\]: (.*)$/m.exec(said);
  const lines = said.trim().split('\n').filter((line) => line.trim() !== ''); // prettier-ignore
  const message = known?.[2] ?? `Python ended with ${how}: ${lines.slice(-3).join(' / ')}`;
  const error = { code: known?.[1] ?? 'CX8264', fault: 'world' as const, message };
  const log = openEventLog(runPaths(folder).events, undefined, now);
  const event = log.append({ event: 'run.end', status: 'failed', ms: 0, steps: 0, peakMiB: 0, code: error.code, message }); // prettier-ignore
  log.close();
  onEvent(event);
  await recordFault(folder, error, now);
}

/** A run that ended so. */
export async function recordFault(folder: string, error: RecordedFault, now: () => number): Promise<void> {
  const { record } = await readRun(folder);
  await writeRunRecord(folder, { ...record, state: 'failed', error, updated: new Date(now()).toISOString() });
}

/** What a run is, for what is told of it at its end. */
export interface RunFacts {
  readonly row: string;
  readonly seed: number;
  readonly name: string;
  readonly semantic: string;
  readonly inputs: string;
  readonly extras: ReportExtras;
}

/** The run as its folder tells it, with its report. */
export async function finishedInPython(facts: RunFacts, folder: string, context: CommandContext): Promise<FinishedRun> {
  const { row, seed, semantic, inputs } = facts;
  const { writeReport } = await import('../../runtime/records/write-report.ts');
  await writeReport(folder, facts.extras);
  const { record } = await readRun(folder);
  const status = record.state === 'complete' || record.state === 'interrupted' ? record.state : 'failed';
  const end: CellEnd = { status, folder, ...(record.error === undefined ? {} : { error: record.error }) };
  const cell = { row, seed, key: { semantic, seed, inputs } };
  const run = await readFinished(cell, end, facts.name, context.cwd);
  const exitStatus = status === 'complete' ? ExitCode.done : status === 'interrupted' ? ExitCode.interrupted : exitCodeOfFault(record.error?.fault ?? 'world'); // prettier-ignore
  const weights = existsSync(runPaths(folder).checkpoint) && status === 'interrupted' ? { resume: `clipx resume ${folder}` } : {}; // prettier-ignore
  const random = record.random === true ? { random: true as const } : {};
  return { ...run, outcome: { ...run.outcome, exitStatus }, summary: { ...run.summary, ...random, ...weights } };
}
