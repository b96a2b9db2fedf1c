import type { Command } from 'commander';
import type { Compilation } from '../../compiler/compile.ts';
import type { DataFacts } from '../../compiler/assemble/facts.ts';
import type { Program } from '../../compiler/program/program.ts';
import type { Act } from '../command.ts';
import type { CommandContext } from '../context.ts';
import { ExitCode } from '../exit-codes.ts';
import { codeWithoutProgram, openExperiment, type Experiment } from '../experiment.ts';
import { describeFailure } from '../failure.ts';
import { compileWithData, remarkListener } from '../open-data.ts';
import { planFacts } from '../plan-facts.ts';
import { randomDataOf, type RandomDataFlags } from '../run-on-random-data.ts';
import { writeDiagnostics } from '../write-diagnostics.ts';

interface PlanFlags extends RandomDataFlags {
  readonly variants: string;
  readonly data: boolean;
  readonly texts: string;
}

export function definePlan(program: Command, act: Act): void {
  program
    .command('plan')
    .description('Say what a run would train, freeze, compute once, cache and need, without an engine.')
    .argument('<file>', '.clipx file')
    .option('--variants <row>', 'a row of its ablations', 'full')
    .option('--no-data', 'leave the data closed: sizes that only they tell are nominal')
    .option('--random-data', 'what `run --random-data` would do')
    .option('--steps <count>', 'with --random-data: updates of each stage (2)')
    .option('--backend <name>', 'time and memory of this engine')
    .option('--threads <count>', 'threads of the engine')
    .option('--texts <count>', 'texts shown of each prompt', '3')
    .action((file: string, flags: PlanFlags) => act((context) => plan(file, flags, context)));
}

async function plan(file: string, flags: PlanFlags, context: CommandContext): Promise<ExitCode> {
  const experiment = await openExperiment(file, context, randomDataOf(flags));
  const compiled = await compiledWith(flags, experiment, context);
  writeDiagnostics(compiled.diagnostics, compiled.graph.sources, context, context.environment.stderr);
  const { program, facts } = compiled;
  if (program === undefined) return codeWithoutProgram(compiled, file);
  const [{ planOf }, { renderPlanText }] = await Promise.all([
    import('../../compiler/plan/plan.ts'),
    import('../../compiler/plan/render-plan.ts'),
  ]);
  const document = planOf(program, await planFacts(program, experiment, context, facts));
  const texts = Number(flags.texts);
  context.print(
    context.format === 'json'
      ? `${JSON.stringify(document, null, 2)}\n`
      : renderPlanText(document, Number.isInteger(texts) && texts >= 0 ? { texts } : {}),
  );
  return ExitCode.done;
}

/** With what the data tell; a plan of data that are not there is nominal, and says so. */
async function compiledWith(
  flags: PlanFlags,
  experiment: Experiment,
  context: CommandContext,
): Promise<Compilation & { readonly facts?: DataFacts }> {
  if (!flags.data) return experiment.compile(flags.variants);
  const trained = (program: Program) => program.stages.flatMap(({ data }) => (data === undefined ? [] : [data]));
  try {
    return await compileWithData(flags.variants, experiment, remarkListener(context), trained);
  } catch (error) {
    const failure = describeFailure(error);
    if (failure.exitCode === ExitCode.internal) throw error;
    context.environment.stderr.write(`warning: the data can not be opened: ${failure.message}\n`);
    return experiment.compile(flags.variants);
  }
}
