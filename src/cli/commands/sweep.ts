import { spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { Option, type Command } from 'commander';
import { packageRoot } from '../../runtime/package-root.ts';
import type { Act } from '../command.ts';
import type { CommandContext } from '../context.ts';
import { ExitCode } from '../exit-codes.ts';
import { CommandError, UsageError } from '../failure.ts';
import { shorterPath } from '../read-source.ts';
import { arrayScript } from '../slurm/array-script.ts';
import { findRun } from '../study/find-run.ts';
import { openCells } from '../study/open-cells.ts';
import { processesOf } from '../torchrun/run-on-torchrun.ts';

interface SweepFlags {
  readonly variants: string;
  readonly seeds: string;
  readonly each?: string;
  readonly sbatch: readonly string[];
  readonly submit?: boolean;
  readonly fresh?: boolean;
}

const together = (option: string, before: readonly string[]): readonly string[] => [...before, option];

export function defineSweep(program: Command, act: Act): void {
  program
    .command('sweep')
    .description('Hand the runs of a study to a cluster: an array job with a task for each row and seed that is missing.')
    .argument('<file>', '.clipx file')
    .addOption(new Option('--on <place>', 'the cluster').choices(['slurm']).makeOptionMandatory())
    .option('--variants <rows>', 'rows of its ablations and points of its sweeps, separated by commas, or all', 'all')
    .option('--seeds <seeds>', 'seeds, separated by commas, or all that the file names', 'all')
    .option('--each <place>', 'where each task runs its cell: torchrun:<processes>; an engine of clipx otherwise')
    .addOption(new Option('--sbatch <option>', 'an option of sbatch for the job (again for more)').argParser(together).default([])) // prettier-ignore
    .option('--submit', 'give it to sbatch; otherwise the script is written and nothing begins')
    .option('--fresh', 'also what is complete already')
    .addHelpText(
      'after',
      `
Examples:
  clipx sweep --on slurm experiments/clip-gaze/clip-gaze.clipx
  clipx sweep --on slurm experiments/clip-gaze/clip-gaze.clipx --sbatch --time=2:00:00 --sbatch --cpus-per-task=4 --submit
  clipx study experiments/clip-gaze/clip-gaze.clipx    what has come of it so far

The nodes see the project's folder where this machine sees it, with the same node and clipx.`,
    )
    .action((file: string, flags: SweepFlags) => act((context) => sweep(file, flags, context)));
} // prettier-ignore

async function sweep(file: string, flags: SweepFlags, context: CommandContext): Promise<ExitCode> {
  if (flags.each !== undefined) processesOf(flags.each);
  const wrong = flags.sbatch.find((option) => !option.startsWith('-') || option.includes('\n'));
  if (wrong !== undefined) throw new UsageError(`--sbatch is "${wrong}", expected an option of sbatch`, 'for example --sbatch --partition=gpu'); // prettier-ignore
  const opened = await openCells(file, flags, context);
  if (typeof opened === 'number') return opened;
  const { checked, cells, runs } = opened;
  const missing = flags.fresh === true ? cells : cells.filter(({ key }) => findRun(runs, key, context.environment.now()).kind !== 'complete'); // prettier-ignore
  if (missing.length < cells.length) context.remark(`${cells.length - missing.length} of ${cells.length} runs are complete and left out\n`); // prettier-ignore
  if (missing.length === 0) return ExitCode.done;
  const folder = join(runs, `${checked.name}-slurm`);
  mkdirSync(folder, { recursive: true });
  const path = join(folder, 'sweep.sbatch');
  const { writeFileAtomic } = await import('../../runtime/atomic-file.ts');
  const clipx = [process.execPath, join(packageRoot(), 'bin', 'clipx.js'), ...context.allowed.flatMap((each) => ['--allow-path', each])]; // prettier-ignore
  writeFileAtomic(
    path,
    arrayScript({
      name: checked.name,
      cells: missing,
      clipx,
      file,
      cwd: context.cwd,
      logs: folder,
      flags: flags.each === undefined ? [] : ['--on', flags.each],
      options: flags.sbatch,
    }),
  );
  context.print(`${shorterPath(path, context.cwd)}\n`);
  if (flags.submit !== true) {
    context.remark(`${missing.length} tasks, not begun: sbatch ${shorterPath(path, context.cwd)}\n`);
    return ExitCode.done;
  }
  context.remark(`job ${submit(path, context)}: ${missing.length} tasks\n`);
  return ExitCode.done;
}

/** Gives the script to sbatch; the number of the job. */
function submit(path: string, { environment }: CommandContext): string {
  const { status, stdout, stderr, error } = spawnSync('sbatch', ['--parsable', path], { encoding: 'utf8', env: { ...environment.variables } }); // prettier-ignore
  if (error !== undefined)
    throw new CommandError('world', `sbatch could not be started: ${error.message}`, 'submit the script where Slurm is');
  if (status !== 0) throw new CommandError('world', `sbatch refused the job: ${stderr.trim()}`);
  return stdout.trim();
} // prettier-ignore
