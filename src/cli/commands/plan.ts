import type { Command } from 'commander';
import type { Compilation } from '../../compiler/compile.ts';
import type { DataFacts } from '../../compiler/assemble/facts.ts';
import type { PlanFacts } from '../../compiler/plan/plan.ts';
import type { Program } from '../../compiler/program/program.ts';
import type { Act } from '../command.ts';
import type { CommandContext } from '../context.ts';
import { ExitCode } from '../exit-codes.ts';
import { codeWithoutProgram, openExperiment, type Experiment } from '../experiment.ts';
import { CommandError, describeFailure, UsageError } from '../failure.ts';
import { compileWithData, remarkListener } from '../open-data.ts';
import { planFacts } from '../plan-facts.ts';
import { randomDataOf, type RandomDataFlags } from '../run-on-random-data.ts';
import { writeDiagnostics } from '../write-diagnostics.ts';

interface PlanFlags extends RandomDataFlags {
  readonly variants: string;
  readonly data: boolean;
  readonly texts: string;
  readonly memory?: string;
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
    .option('--memory <amount>', 'say the largest batch that fits into it: 12GiB')
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
  const known = await planFacts(program, experiment, context, facts);
  const limit = flags.memory === undefined ? undefined : bytesOf(flags.memory);
  const answer = limit === undefined ? {} : await batchWithin(limit, flags.variants, experiment, program, known, facts);
  const document = planOf(program, { ...known, ...answer });
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

/** The largest batch of a file, by compiling it with others. Throws CommandError where the engine was not measured or nothing is trained in batches. */
async function batchWithin(
  limit: number,
  row: string,
  experiment: Experiment,
  program: Program,
  { device, counts = new Map() }: PlanFacts,
  facts: DataFacts | undefined,
): Promise<Pick<PlanFacts, 'largestBatch'>> {
  if (device === undefined)
    throw new CommandError('user', 'this engine was not measured here, so its memory is not known', 'run `clipx doctor --measure` once'); // prettier-ignore
  const batch = Math.max(0, ...program.stages.map((stage) => (stage.terms.length > 0 && stage.data !== undefined && stage.wholeBatch !== true ? stage.batch : 0))); // prettier-ignore
  if (batch === 0) throw new CommandError('user', 'no stage trains on batches of samples', 'leave out `--memory`');
  const [{ largestBatch }, { estimateOf }] = await Promise.all([
    import('../../compiler/plan/largest-batch.ts'),
    import('../../compiler/plan/estimate.ts'),
  ]);
  const { compile } = await import('../../compiler/compile.ts');
  const request = experiment.request(row, facts);
  const bytesAt = (tried: number): number | undefined => {
    const other = compile({ ...request, batch: tried }).program;
    return other === undefined ? undefined : estimateOf(other, device, { counts, steps: new Map() }).memory.bytes;
  };
  return { largestBatch: largestBatch(batch, limit, bytesAt) };
}

/** Throws UsageError. */
function bytesOf(text: string): number {
  const [, amount, unit] = /^(\d+(?:\.\d+)?)\s*(MiB|GiB)$/.exec(text.trim()) ?? [];
  if (amount === undefined || Number(amount) === 0)
    throw new UsageError(`--memory is "${text}", expected an amount of memory: 12GiB, 512MiB`);
  return Number(amount) * (unit === 'GiB' ? 2 ** 30 : 2 ** 20);
}
