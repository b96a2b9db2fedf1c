import type { Command } from 'commander';
import { dirname } from 'node:path';
import type { Program } from '../../compiler/program/program.ts';
import type { RunEvent } from '../../runtime/events.ts';
import type { ReportExtras } from '../../runtime/records/report-view.ts';
import type { RunRecord } from '../../runtime/records/run-record.ts';
import type { Act } from '../command.ts';
import type { CommandContext } from '../context.ts';
import type { ExitCode } from '../exit-codes.ts';
import { CommandError } from '../failure.ts';
import { openObserver } from '../progress.ts';
import { findRunFolder } from '../run-folder.ts';
import { exitCodeOfRun, inProject, runExperiment } from '../run-experiment.ts';
import { runResult } from '../run-result.ts';
import type { Project } from '../settings.ts';
import { listenForInterruption } from '../signals.ts';
import { lockCell, type CellLock } from '../study/cell-lock.ts';
import { isBusy } from '../study/find-run.ts';
import { studyBeside } from '../study-beside.ts';

interface ResumeFlags {
  readonly backend?: string;
}

export function defineResume(program: Command, act: Act): void {
  program
    .command('resume')
    .description('Go on with an interrupted or killed run, exactly as if it had not stopped.')
    .argument('<run>', 'folder of the run, its name in the folder of runs, or latest')
    .option(
      '--backend <name>',
      'auto, onnxruntime-node, onnxruntime-web, reference; without it a run by PyTorch goes on there',
    )
    .option('--threads <count>', 'threads of the engine')
    .option('--progress <mode>', 'auto, tui, plain, json or none')
    .action((run: string, flags: ResumeFlags) => act((context) => resume(run, flags, context)));
}

async function resume(run: string, flags: ResumeFlags, context: CommandContext): Promise<ExitCode> {
  const project = await context.project();
  const folder = findRunFolder(run, context.cwd, inProject(project.root, project.settings.runs));
  const [{ readRun, readRunProgram, runPaths }, { readFileSync }, { renderSummary }] = await Promise.all([
    import('../../runtime/records/run-folder.ts'),
    import('node:fs'),
    import('../../runtime/records/summary.ts'),
  ]);
  const { record } = await readRun(folder);
  if (isBusy(record, folder, Date.now())) throw atIt(folder);
  const { readLaunch, resumeInPython } = await import('../torchrun/resume-in-python.ts');
  const launch = flags.backend === undefined ? await readLaunch(folder) : undefined;
  const program = readRunProgram(folder);
  if (launch === undefined && isWithoutGraphs(program)) throw onlyInPython(folder);
  const task = {
    program,
    experimentText: readFileSync(runPaths(folder).experiment, 'utf8'),
    seed: record.seed,
    resume: folder,
    extras: await studyOf(folder, project, context),
  };
  const lock = lockOf(record, folder);
  const observer = await openObserver(context, { stream: context.environment.stderr, live: true });
  const interruption = listenForInterruption(context.environment, () =>
    observer.note('stopping after this step, with a checkpoint; a second signal stops at once'),
  );
  try {
    const told = (event: RunEvent): void => observer.event(event);
    const finished =
      launch === undefined
        ? await runExperiment(task, { project, cwd: context.cwd }, told, interruption.signal)
        : await resumeInPython(folder, launch, { project, context, extras: task.extras }, told, interruption.signal);
    await observer.close();
    if (context.format === 'json') context.print(`${JSON.stringify(runResult([finished]), null, 2)}\n`);
    else context.print(renderSummary(finished.summary));
    return exitCodeOfRun(finished.outcome, interruption.code());
  } finally {
    lock.release();
    interruption.release();
    await observer.close();
  }
}

/** What the report is held against. A study that can not be read keeps no run from going on. */
async function studyOf(folder: string, project: Project, context: CommandContext): Promise<ReportExtras> {
  try {
    return await studyBeside(folder, project, context);
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    context.remark(`the report will tell of no study: ${error.message}\n`);
    return {};
  }
}

/** Held while a run goes on: neither a study nor another `resume` begins the same. */
function lockOf({ digests, seed, inputs = '' }: RunRecord, folder: string): CellLock {
  const lock = lockCell(dirname(folder), { semantic: digests.semantic, seed, inputs });
  if (lock === undefined) throw atIt(folder);
  return lock;
}

const atIt = (folder: string): CommandError =>
  new CommandError('user', `another process is at ${folder}`, `\`clipx watch ${folder}\` shows how far it is`);

/** A package that was compiled by itself keeps a program whose functions are in Python alone. */
function isWithoutGraphs({ stages }: Program): boolean {
  return stages.every((stage) =>
    [stage.step, ...stage.evaluations.map(({ metrics }) => metrics)].every(({ graph }) => graph.nodes.length === 0),
  );
}

const onlyInPython = (folder: string): CommandError =>
  new CommandError(
    'user',
    `${folder} was begun by a Python package, and holds nothing that an engine of clipx runs`,
    'leave out --backend, or `python -m PACKAGE.train --resume` goes on with it',
  );
