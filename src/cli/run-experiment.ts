import { availableParallelism } from 'node:os';
import { isAbsolute, join } from 'node:path';
import type { Program } from '../compiler/program/program.ts';
import type { RunEvent } from '../runtime/events.ts';
import type { RunOutcome, RunRequest } from '../runtime/run.ts';
import type { ReportExtras, RunRecordView } from '../runtime/records/report-view.ts';
import type { SummaryInput } from '../runtime/records/summary.ts';
import { ExitCode } from './exit-codes.ts';
import { packageVersion } from './package-version.ts';
import { shorterPath } from './read-source.ts';
import type { Project } from './settings.ts';

/** One run: a program, a seed, and for a resumed one its folder. */
export interface RunTask {
  readonly program: Program;
  readonly experimentText: string;
  readonly seed: number;
  readonly resume?: string;
  /** Digest of what its files hold. */
  readonly inputs?: string;
  readonly extras: ReportExtras;
}

export interface FinishedRun {
  readonly outcome: RunOutcome;
  /** What the report shows; absent where the run got no folder or its report could not be written. */
  readonly record: RunRecordView | undefined;
  readonly summary: SummaryInput;
}

/** Lowers a program, runs it in the training thread and writes its report. Never rejects for a failure of the run itself. */
export async function runExperiment(
  task: RunTask,
  { project, cwd }: { readonly project: Project; readonly cwd: string },
  onEvent: (event: RunEvent) => void,
  signal: AbortSignal,
): Promise<FinishedRun> {
  const { program, seed } = task;
  const { settings, root } = project;
  const [{ lowererOf }, { runProgram }, { writeReport }] = await Promise.all([
    import('../compiler/lower/lower-program.ts'),
    import('../runtime/run.ts'),
    import('../runtime/records/write-report.ts'),
  ]);
  const request: RunRequest = {
    program,
    experimentText: task.experimentText,
    seed,
    backend: settings.backend,
    threads: settings.threads || availableParallelism(),
    projectRoot: root,
    runsFolder: inProject(root, settings.runs),
    // what is computed of random data is of no use to anybody
    ...(program.random === true ? {} : { cacheFolder: inProject(root, settings.cache) }),
    clipxVersion: packageVersion(),
    ...(task.resume !== undefined && { resume: task.resume }),
    ...(task.inputs !== undefined && { inputs: task.inputs }),
  };
  const outcome = await runProgram(request, onEvent, { signal, lower: lowererOf(program) });
  const record = outcome.folder === undefined ? undefined : await writeReport(outcome.folder, task.extras);
  return { outcome, record, summary: summaryOf(task, outcome, record, cwd) };
}

/** A folder of the settings as an absolute path. */
export function inProject(root: string, folder: string): string {
  return isAbsolute(folder) ? folder : join(root, folder);
}

/** The exit code of one run; a signal's own code where one ended it. */
export function exitCodeOfRun(outcome: RunOutcome, interruption: ExitCode | undefined): ExitCode {
  if (outcome.status === 'interrupted') return interruption ?? ExitCode.interrupted;
  return outcome.exitStatus as ExitCode;
}

function summaryOf(task: RunTask, outcome: RunOutcome, record: RunRecordView | undefined, cwd: string): SummaryInput {
  const { program, seed } = task;
  const end = record?.events.findLast((it) => it.event === 'run.end');
  const certificate = record?.events.findLast((it) => it.event === 'certificate');
  const folder = outcome.folder === undefined ? undefined : shorterPath(outcome.folder, cwd);
  return {
    name: program.name,
    row: program.row,
    ...(program.random === true && { random: true as const }),
    seed,
    status: outcome.status,
    steps: outcome.steps,
    ...(end !== undefined && { ms: end.ms }),
    results: outcome.results,
    baselines: record?.baselines ?? [],
    ...(certificate !== undefined && { certificate }),
    ...(task.extras.study !== undefined && { study: task.extras.study }),
    ...(folder !== undefined && { folder }),
    ...(folder !== undefined &&
      record !== undefined && { report: `${folder}/report.html`, figures: `${folder}/figures` }),
    ...(end?.resume !== undefined && folder !== undefined && { resume: `clipx resume ${folder}` }),
    ...(outcome.error !== undefined && { error: outcome.error }),
  };
}
