import type { CellName } from '../../runtime/records/study-event.ts';

export interface ArrayJob {
  /** The experiment's. */
  readonly name: string;
  /** One task each. */
  readonly cells: readonly CellName[];
  /** What stands before the words of a command: `node`, `bin/clipx.js`. */
  readonly clipx: readonly string[];
  /** As the person typed it, from `cwd`. */
  readonly file: string;
  readonly cwd: string;
  /** What a task writes on its way: `<job>_<task>.log`. */
  readonly logs: string;
  /** Of `clipx run`, for every cell: `--on torchrun:2`. */
  readonly flags: readonly string[];
  /** Of sbatch: `--partition=gpu`. */
  readonly options: readonly string[];
}

/**
 * An sbatch script whose array has a task for each cell, each `clipx run` of one row and one seed (Slurm's job arrays: SLURM_ARRAY_TASK_ID
 * counts from 0). All tasks write into the project's folder of runs, where `clipx study` finds them.
 */
export function arrayScript({ name, cells, clipx, file, cwd, logs, flags, options }: ArrayJob): string {
  const directives = [
    `--job-name=${name}`,
    `--array=0-${cells.length - 1}`,
    `--chdir=${cwd}`,
    `--output=${logs}/%A_%a.log`,
    ...options,
  ];
  const command = [...clipx, 'run', file];
  return [
    '#!/bin/bash',
    ...directives.map((directive) => `#SBATCH ${directiveWord(directive)}`),
    '',
    'set -euo pipefail',
    '',
    '# a row and a seed for each task',
    'rows=(',
    ...cells.map(({ row }) => `  ${quoted(row)}`),
    ')',
    `seeds=(${cells.map(({ seed }) => String(seed)).join(' ')})`,
    '',
    'task=${SLURM_ARRAY_TASK_ID:?is set by sbatch}',
    `exec ${command.map(quoted).join(' ')} --variants "\${rows[$task]}" --seeds "\${seeds[$task]}" --progress plain --no-input${flags.map((flag) => ` ${quoted(flag)}`).join('')}`,
    '',
  ].join('\n');
} // prettier-ignore

/** A word of the shell, as it stands. */
export const quoted = (word: string): string => /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`; // prettier-ignore

/** sbatch reads its lines with quotes of its own. */
const directiveWord = (directive: string): string => (/[\s"'\\]/.test(directive) ? `"${directive.replaceAll(/["\\]/g, String.raw`\$&`)}"` : directive); // prettier-ignore
