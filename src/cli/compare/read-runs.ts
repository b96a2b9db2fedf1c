import { readFileSync } from 'node:fs';
import { comparedRun, type ComparedRun } from '../../runtime/records/comparison/compared-run.ts';
import { readRun, runPaths } from '../../runtime/records/run-folder.ts';
import { UsageError } from '../failure.ts';
import { findRunFolder } from '../run-folder.ts';
import { inProject } from '../run-experiment.ts';
import type { Project } from '../settings.ts';

/** The runs that these words name. Throws `CommandError` or RunError CX8262 where one is none, `UsageError` where one is named twice. */
export async function readRuns(words: readonly string[], project: Project, cwd: string): Promise<readonly ComparedRun[]> {
  const found = new Map<string, ComparedRun>();
  for (const word of words) {
    const folder = findRunFolder(word, cwd, inProject(project.root, project.settings.runs));
    if (found.has(folder)) throw new UsageError(`${folder} is named twice`, 'a run is compared with others');
    found.set(folder, comparedRun(await readRun(folder), readEnvironment(folder)));
  }
  return [...found.values()];
} // prettier-ignore

/** `environment.json`, of any version; nothing where it is not there or not whole. */
function readEnvironment(folder: string): ComparedRun['environment'] {
  try {
    return JSON.parse(readFileSync(runPaths(folder).environment, 'utf8')) as ComparedRun['environment'];
  } catch {
    return {};
  }
}
