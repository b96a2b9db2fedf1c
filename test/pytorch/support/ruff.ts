/** The formatter that generated Python is held to, where it is installed. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..', '..', '..');

/** `CLIPX_RUFF`, that of an environment of the repository, or the one on the path. */
export function findRuff(): string | undefined {
  const { CLIPX_RUFF: chosen } = process.env;
  const places = chosen === undefined ? [join(root, '.venv-oracle', 'bin', 'ruff'), 'ruff'] : [chosen];
  return places.find((ruff) => spawnSync(ruff, ['--version']).status === 0);
}

/** What it has to say of a folder; nothing where all is well. */
export function ruff(command: string, words: readonly string[]): string {
  const { status, stdout, stderr } = spawnSync(command, words, { encoding: 'utf8', maxBuffer: 2 ** 26 });
  return status === 0 ? '' : `${stdout}${stderr}`;
}
