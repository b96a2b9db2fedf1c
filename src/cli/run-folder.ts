import { existsSync, readdirSync, statSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { nearestName } from '../compiler/common/suggest.ts';
import { CommandError } from './failure.ts';

/** Where a run says what it does. */
export const eventsFile = 'events.ndjson';

/**
 * The folder of a run named by a path, by its name in the project's folder of runs, or as `latest`.
 * Throws `CommandError` (the user's fault) where there is no such run.
 */
export function findRunFolder(word: string, cwd: string, runs: string): string {
  const direct = resolve(cwd, word);
  if (basename(direct) === eventsFile && existsSync(direct)) return dirname(direct);
  if (isRun(direct)) return direct;
  const names = runNames(runs);
  if (word === 'latest') {
    const newest = names.at(-1);
    if (newest !== undefined) return join(runs, newest);
    throw new CommandError('user', `there is no run in ${runs} yet`, 'clipx run FILE makes one');
  }
  if (names.includes(word)) return join(runs, word);
  const near = nearestName(word, names);
  throw new CommandError(
    'user',
    `there is no run "${word}": neither the folder ${direct} nor one in ${runs} holds an ${eventsFile}`,
    near === undefined ? undefined : `did you mean "${near}"?`,
  );
}

/** The runs of a folder, the one that last said something at the end. */
function runNames(runs: string): readonly string[] {
  if (!existsSync(runs)) return [];
  const spoke = (name: string) => statSync(join(runs, name, eventsFile)).mtimeMs;
  return readdirSync(runs)
    .filter((name) => isRun(join(runs, name)))
    .map((name) => ({ name, at: spoke(name) }))
    .sort((a, b) => a.at - b.at)
    .map((it) => it.name);
}

function isRun(folder: string): boolean {
  return existsSync(join(folder, eventsFile));
}
