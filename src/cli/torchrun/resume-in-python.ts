import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readCheckpoint } from '../../runtime/checkpoint.ts';
import { openEventLog } from '../../runtime/event-log.ts';
import type { RunEvent } from '../../runtime/events.ts';
import type { ReportExtras } from '../../runtime/records/report-view.ts';
import { readRun, runPaths } from '../../runtime/records/run-folder.ts';
import { validateJson } from '../../runtime/records/validate.ts';
import { RunError } from '../../runtime/run-error.ts';
import type { CommandContext } from '../context.ts';
import type { FinishedRun } from '../run-experiment.ts';
import type { Project } from '../settings.ts';
import { findPython } from './find-python.ts';
import { packageName } from './run-on-torchrun.ts';
import { finishedInPython, trainInPython } from './train-in-python.ts';

/** `launch.json` of a run by PyTorch: how it was started last (schema `schemas/launch.json`). */
export interface LaunchRecord {
  readonly schema: 'clipx.launch/1';
  readonly package: string;
  readonly data: string;
  readonly device: string;
  readonly processes: number;
  readonly sharded: boolean;
  readonly steps?: number;
}

/** How a run was started, where PyTorch trained it. Throws RunError CX8261 where the file does not fit its schema. */
export async function readLaunch(folder: string): Promise<LaunchRecord | undefined> {
  const path = join(folder, 'launch.json');
  if (!existsSync(path)) return undefined;
  let record: unknown;
  try {
    record = JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    record = undefined;
  }
  await validateJson('launch', record, path);
  return record as LaunchRecord;
}

/**
 * Goes on with a run of PyTorch by the package that began it, in as many processes. Throws RunError CX8254 where it is complete, CX8263
 * where there is no Python, CX8262 where its package is gone.
 */
export async function resumeInPython(
  folder: string,
  { data, device, sharded, ...launch }: LaunchRecord,
  {
    project,
    context,
    extras,
  }: { readonly project: Project; readonly context: CommandContext; readonly extras: ReportExtras },
  onEvent: (event: RunEvent) => void,
  signal: AbortSignal,
): Promise<FinishedRun> {
  const { record } = await readRun(folder);
  if (record.state === 'complete')
    throw new RunError('user', 'CX8254', `${folder} is complete: there are no steps left`, { help: 'run the experiment anew' }); // prettier-ignore
  // it moves with the folder
  const own = join(folder, packageName);
  const isOwn = existsSync(join(own, 'train.py'));
  if (!isOwn && !existsSync(join(launch.package, 'train.py')))
    throw new RunError('user', 'CX8262', `the package ${launch.package} that began ${folder} is gone`, {
      help: 'compile the experiment again, and `python -m PACKAGE.train --resume` goes on with it',
    });
  const { variables, now } = context.environment;
  const python = findPython(project.root, variables);
  // what came after the checkpoint is said again
  const paths = runPaths(folder);
  const checkpoint = await readCheckpoint(paths.checkpoint);
  openEventLog(paths.events, checkpoint?.state.events ?? 0, now).close();
  const words = ['--resume', folder, '--data-root', isOwn ? project.root : data, '--device', device, ...(sharded ? ['--fsdp'] : [])]; // prettier-ignore
  const { processes } = launch;
  const { threads } = project.settings;
  await trainInPython({ python, folder, package: isOwn ? own : launch.package, processes, words, threads }, context, onEvent, signal); // prettier-ignore
  const { row, seed, name, digests, inputs = '' } = record;
  return finishedInPython({ row, seed, name, semantic: digests.semantic, inputs, extras }, folder, context);
}
