/** `clipx run --on torchrun:2`: the experiment as a Python package in its run folder, trained by PyTorch, watched as any other run. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Compilation } from '../../compiler/compile.ts';
import type { Program } from '../../compiler/program/program.ts';
import type { RunEvent } from '../../runtime/events.ts';
import { createRunFolder, runPaths } from '../../runtime/records/run-folder.ts';
import type { ReportExtras } from '../../runtime/records/report-view.ts';
import type { CommandContext } from '../context.ts';
import type { Experiment } from '../experiment.ts';
import { UsageError } from '../failure.ts';
import { inProject, type FinishedRun } from '../run-experiment.ts';
import { writePytorchPackage } from '../pytorch-package.ts';
import { writeDiagnostics } from '../write-diagnostics.ts';
import { findPython } from './find-python.ts';
import { finishedInPython, recordFault, trainInPython } from './train-in-python.ts';

/** The package within the folder of its run. */
export const packageName = 'package';

export interface TorchrunTask {
  readonly compiled: Compilation;
  readonly program: Program;
  readonly experimentText: string;
  readonly seed: number;
  /** Digest of what its files hold; nothing for random data. */
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
  const folder = await createRunFolder({ program, experimentText, seed, runsFolder, ...(inputs === '' ? {} : { inputs }), now });
  const { diagnostics } = await writePytorchPackage(task.compiled, {
    folder: join(folder, packageName),
    seed,
    projectRoot: root,
    runsFolder,
  });
  writeDiagnostics(diagnostics, task.compiled.graph.sources, context);
  if (diagnostics.some(({ severity }) => severity === 'error')) {
    await recordFault(folder, { code: 'CX0001', fault: 'user', message: diagnostics[0]?.message ?? 'it is not written for PyTorch' }, now); // prettier-ignore
    return undefined;
  }
  // followed from its first line on
  writeFileSync(runPaths(folder).events, '', { flag: 'a' });
  const words = ['--folder', folder, '--data-root', root, '--seed', String(seed)];
  const launch = { python, folder, package: join(folder, packageName), processes, words, threads: settings.threads };
  await trainInPython(launch, context, onEvent, signal);
  const { row, name, digests } = program;
  return finishedInPython({ row, seed, name, semantic: digests.semantic, inputs, extras: task.extras }, folder, context);
} // prettier-ignore
