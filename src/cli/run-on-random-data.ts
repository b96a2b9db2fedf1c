import type { CommandContext } from './context.ts';
import { ExitCode } from './exit-codes.ts';
import { codeWithoutProgram, type Experiment } from './experiment.ts';
import { UsageError } from './failure.ts';
import { compileWithData, remarkListener } from './open-data.ts';
import type { RunEvent } from '../runtime/events.ts';
import { openObserver } from './progress.ts';
import { exitCodeOfRun, runExperiment, type FinishedRun } from './run-experiment.ts';
import { listenForInterruption } from './signals.ts';
import { runOnTorchrun } from './torchrun/run-on-torchrun.ts';
import { writeDiagnostics } from './write-diagnostics.ts';

/** Flags of commands that compile an experiment. */
export interface RandomDataFlags {
  readonly randomData?: boolean;
  readonly steps?: string;
}

/** Updates of each stage where nothing is said. */
const defaultSteps = 2;

/** How small an experiment is compiled, for random data; undefined: as it stands. Throws `UsageError`. */
export function randomDataOf({ randomData, steps }: RandomDataFlags): { readonly steps: number } | undefined {
  if (randomData !== true) {
    if (steps !== undefined) throw new UsageError('--steps is of --random-data: an experiment says itself how long it trains', 'change `epochs` or `steps` of its `train`'); // prettier-ignore
    return undefined;
  }
  const count = steps === undefined ? defaultSteps : Number(steps);
  if (Number.isInteger(count) && count >= 1 && count <= 10_000) return { steps: count };
  throw new UsageError(`--steps is "${steps}", expected a whole number from 1`);
}

/** A study is of numbers that mean something. Throws `UsageError`. */
export function refuseStudy(flags: {
  readonly saveStudy?: boolean;
  readonly jobs?: string;
  readonly fresh?: boolean;
}): void {
  const given = [
    ...(flags.saveStudy === true ? ['--save-study'] : []),
    ...(flags.jobs === undefined ? [] : ['--jobs']),
    ...(flags.fresh === true ? ['--fresh'] : []),
  ];
  if (given.length === 0) return;
  throw new UsageError(`${given.join(', ')} and --random-data: what runs on random data is no study`, 'leave out one of the two'); // prettier-ignore
}

interface RandomRuns {
  readonly file: string;
  readonly experiment: Experiment;
  readonly rows: readonly string[];
  readonly seed: number;
  /** By PyTorch in so many processes; undefined: by an engine of clipx. */
  readonly processes: number | undefined;
}

/** Each row by itself, one after the other: these runs are compared with nothing, and neither read nor write what others keep. */
export async function runOnRandomData(
  { file, experiment, rows, seed, processes }: RandomRuns,
  context: CommandContext,
  tell: (finished: readonly FinishedRun[]) => Promise<void>,
): Promise<ExitCode> {
  const { print } = await import('../compiler/syntax/print.ts');
  const finished: FinishedRun[] = [];
  let worst: ExitCode = ExitCode.done;
  for (const row of rows) {
    const observer = await openObserver(context, { stream: context.environment.stderr, live: true });
    const interruption = listenForInterruption(context.environment, () => observer.note('stopping after this step'));
    try {
      const compiled = await compileWithData(row, experiment, remarkListener(context));
      const { program, graph, diagnostics } = compiled;
      if (program === undefined) {
        writeDiagnostics(diagnostics, graph.sources, context);
        worst = codeWithoutProgram(compiled, file);
        continue;
      }
      const experimentText = graph.root === undefined ? experiment.source.text : print(graph.root.file);
      const place = { project: experiment.project, cwd: context.cwd };
      const told = (event: RunEvent): void => observer.event(event);
      const task = { program, experimentText, seed, extras: {} };
      const one =
        processes === undefined
          ? await runExperiment(task, place, told, interruption.signal)
          : await runOnTorchrun({ ...task, compiled, inputs: '', processes }, experiment, context, told, interruption.signal); // prettier-ignore
      if (one === undefined) {
        worst = ExitCode.input;
        continue;
      }
      finished.push(one);
      const code = exitCodeOfRun(one.outcome, interruption.code());
      if (code !== ExitCode.done) worst = code;
      if (one.outcome.status === 'interrupted') break;
    } finally {
      interruption.release();
      await observer.close();
    }
  }
  if (finished.length > 0) await tell(finished);
  return worst;
}
