import { execFileSync } from 'node:child_process';
import { CommandError } from './failure.ts';

/** Files of a repository as they were at a revision. */
export interface Revision {
  readonly ref: string;
  /** Text of a file by its path from the top of the repository; undefined where there is none. */
  read(path: string): string | undefined;
}

/** The top of the repository around a folder. Throws `CommandError` outside of one. */
export function repositoryTop(folder: string): string {
  try {
    return git(folder, ['rev-parse', '--show-toplevel']).trim();
  } catch (error) {
    throw new CommandError('user', `${folder} is in no git repository`, 'compare two files: clipx diff A B', {
      cause: error,
    });
  }
}

/** Opens a revision. Throws `CommandError` where git knows no such one. */
export function openRevision(top: string, ref: string): Revision {
  try {
    git(top, ['rev-parse', '--verify', '--quiet', `${ref}^{commit}`]);
  } catch (error) {
    throw new CommandError('user', `git knows no revision "${ref}"`, undefined, { cause: error });
  }
  return {
    ref,
    read(path) {
      try {
        return git(top, ['show', `${ref}:${path}`]);
      } catch {
        return undefined;
      }
    },
  };
}

function git(folder: string, words: readonly string[]): string {
  return execFileSync('git', ['-C', folder, ...words], {
    encoding: 'utf8',
    maxBuffer: 64 * 2 ** 20,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}
