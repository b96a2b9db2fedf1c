import type { DataFacts } from '../compiler/assemble/facts.ts';
import type { Compilation } from '../compiler/compile.ts';
import type { Program } from '../compiler/program/program.ts';
import type { CommandContext } from './context.ts';
import type { Experiment } from './experiment.ts';
import { hasErrors } from './write-diagnostics.ts';

/** What is told while data are opened. */
export interface DataListener {
  readonly onProgress: (task: string, done: number, total: number) => void;
  readonly onWarning: (code: string, message: string) => void;
}

/**
 * Compiles a row with what only its data tell (sizes of sets, words of columns). Opens the data, and renders those that
 * are rendered at first use; `also` names further sets to be counted. Throws RunError CX81… where they are absent or broken.
 */
export async function compileWithData(
  row: string,
  experiment: Experiment,
  listener: DataListener,
  also: (program: Program) => readonly string[] = () => [],
): Promise<Compilation & { readonly facts?: DataFacts }> {
  const nominal = await experiment.compile(row);
  if (nominal.program === undefined || hasErrors(nominal.diagnostics)) return nominal;
  const { gatherFacts } = await import('../runtime/data/gather-facts.ts');
  const environment = { projectFolder: experiment.project.root, seed: 0, ...listener };
  const facts = await gatherFacts(nominal.program, environment, also(nominal.program));
  return { ...(await experiment.compile(row, facts)), facts };
}

/** Remarks on stderr, for commands without a view: a line for each task when it begins and warnings as they come. */
export function remarkListener(context: CommandContext): DataListener {
  const told = new Set<string>();
  return {
    onProgress: (task, done, total) => {
      if (told.has(task) || done >= total) return;
      told.add(task);
      context.remark(`${task} …\n`);
    },
    onWarning: (code, message) => void context.environment.stderr.write(`warning[${code}]: ${message}\n`),
  };
}
