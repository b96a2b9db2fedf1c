/** `clipx run --on torchrun:2`: the experiment as a Python package in its run folder, trained by PyTorch, watched as any other run. */
import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import type { Compilation } from '../../compiler/compile.ts';
import type { Program } from '../../compiler/program/program.ts';
import { openEventLog } from '../../runtime/event-log.ts';
import type { RunEvent } from '../../runtime/events.ts';
import { createRunFolder, readRun, runPaths, writeRunRecord } from '../../runtime/records/run-folder.ts';
import type { ReportExtras } from '../../runtime/records/report-view.ts';
import { packageVersion } from '../package-version.ts';
import type { CommandContext } from '../context.ts';
import { exitCodeOfFault, ExitCode } from '../exit-codes.ts';
import type { Experiment } from '../experiment.ts';
import { UsageError } from '../failure.ts';
import { followEvents } from '../follow-events.ts';
import { inProject, type FinishedRun } from '../run-experiment.ts';
import type { CellEnd } from '../study/cell.ts';
import { readFinished } from '../study/read-run.ts';
import { writePytorchPackage } from '../pytorch-package.ts';
import { writeDiagnostics } from '../write-diagnostics.ts';
import { findPython } from './find-python.ts';

/** The package within the folder of its run. */
const packageName = 'package';

export interface TorchrunTask {
  readonly compiled: Compilation;
  readonly program: Program;
  readonly experimentText: string;
  readonly seed: number;
  readonly inputs: string;
  readonly processes: number;
  readonly extras: ReportExtras;
}

/** How many processes `--on` asks for. Throws `UsageError` where it asks for something else. */
export function processesOf(place: string): number {
  const [, count = '1'] = /^torchrun(?::(\d+))?$/.exec(place) ?? [undefined, '0'];
  const processes = Number(count);
  if (Number.isInteger(processes) && processes >= 1 && processes <= 1024) return processes;
  throw new UsageError(`--on is "${place}", expected torchrun or torchrun:<processes>`, 'for example --on torchrun:2');
}

/**
 * Runs one program by PyTorch to its end; `onEvent` gets every event in order. `signal`: the processes finish their step and write a checkpoint.
 * Undefined where the experiment has what PyTorch is not given: diagnostics say what. Throws RunError CX8263 where there is no Python.
 */
export async function runOnTorchrun(
  task: TorchrunTask,
  experiment: Experiment,
  context: CommandContext,
  onEvent: (event: RunEvent) => void,
  signal: AbortSignal,
): Promise<FinishedRun | undefined> {
  const { program, seed, processes } = task;
  const { root, settings } = experiment.project;
  const { variables, now } = context.environment;
  const python = findPython(root, variables);
  const runsFolder = inProject(root, settings.runs);
  const { experimentText, inputs } = task;
  const folder = await createRunFolder({ program, experimentText, seed, runsFolder, inputs, now });
  const { diagnostics } = await writePytorchPackage(task.compiled, {
    folder: join(folder, packageName),
    seed,
    projectRoot: root,
    runsFolder,
  });
  writeDiagnostics(diagnostics, task.compiled.graph.sources, context);
  if (diagnostics.some(({ severity }) => severity === 'error')) {
    await fail(folder, { code: 'CX0001', fault: 'user', message: diagnostics[0]?.message ?? 'it is not written for PyTorch' }, now); // prettier-ignore
    return undefined;
  }
  // followed from its first line on
  writeFileSync(runPaths(folder).events, '', { flag: 'a' });
  const threads = Math.max(1, Math.floor((settings.threads || availableParallelism()) / processes));
  const launcher = processes === 1 ? [] : ['-m', 'torch.distributed.run', '--standalone', '--nproc-per-node', String(processes)]; // prettier-ignore
  const words = [...launcher, '-m', `${packageName}.train`, '--folder', folder, '--data-root', root, '--seed', String(seed)]; // prettier-ignore
  const child = spawn(python, words, {
    cwd: folder,
    // a group of its own: Ctrl-C reaches this process alone, which then asks the others once
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { OMP_NUM_THREADS: String(threads), ...variables, CLIPX_VERSION: packageVersion(), PYTHONUNBUFFERED: '1' },
  });
  const ended = endOf(child, signal);
  let isOver = false;
  void ended.then(() => (isOver = true));
  const path = runPaths(folder).events;
  const { sleep } = context.environment;
  let told = 0;
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
  return finished(task, folder, context);
} // prettier-ignore

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
  await fail(folder, error, now);
}

async function fail(folder: string, error: RecordedFault, now: () => number): Promise<void> {
  const { record } = await readRun(folder);
  await writeRunRecord(folder, { ...record, state: 'failed', error, updated: new Date(now()).toISOString() });
}

/** The run as its folder tells it, with its report. */
async function finished(task: TorchrunTask, folder: string, context: CommandContext): Promise<FinishedRun> {
  const { program, seed, inputs } = task;
  const { writeReport } = await import('../../runtime/records/write-report.ts');
  await writeReport(folder, task.extras);
  const { record } = await readRun(folder);
  const status = record.state === 'complete' || record.state === 'interrupted' ? record.state : 'failed';
  const end: CellEnd = { status, folder, ...(record.error === undefined ? {} : { error: record.error }) };
  const cell = { row: program.row, seed, key: { semantic: program.digests.semantic, seed, inputs } };
  const run = await readFinished(cell, end, program.name, context.cwd);
  const exitStatus = status === 'complete' ? ExitCode.done : status === 'interrupted' ? ExitCode.interrupted : exitCodeOfFault(record.error?.fault ?? 'world'); // prettier-ignore
  const weights = existsSync(runPaths(folder).checkpoint) && status === 'interrupted' ? { resume: `clipx resume ${folder}` } : {}; // prettier-ignore
  return { ...run, outcome: { ...run.outcome, exitStatus }, summary: { ...run.summary, ...weights } };
}
