import { existsSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import type { ReportExtras } from '../runtime/records/report-view.ts';
import { readRunProgram, runPaths } from '../runtime/records/run-folder.ts';
import type { CommandContext } from './context.ts';
import { openExperiment } from './experiment.ts';
import { sourcePathsOf } from './recorded-experiment.ts';
import type { Project } from './settings.ts';
import { digestsOfRows, findStudy } from './study-file.ts';

/** The committed study of the experiment of a run, where its file still lies in the project and there is one: what its report is held against. */
export async function studyBeside(folder: string, project: Project, context: CommandContext): Promise<ReportExtras> {
  if (!existsSync(runPaths(folder).program)) return {};
  const program = readRunProgram(folder);
  const path = sourcePathsOf(program)
    .map((it) => resolve(project.root, it))
    .find((it) => existsSync(it) && existsSync(resolve(dirname(it), 'study.json')));
  if (path === undefined) return {};
  const experiment = await openExperiment(path, context);
  const { checked, program: now } = await experiment.describe();
  // a file that no longer compiles has numbers whose age is not known
  const digests =
    checked === undefined || now === undefined ? undefined : await digestsOfRows(experiment, now, checked);
  const found = await findStudy(experiment, program.name, digests ?? {});
  if (found === undefined) return {};
  const { now: today, ...study } = found;
  return { study: digests === undefined ? study : { ...study, now: today } };
}
