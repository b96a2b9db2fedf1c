import type { Command } from 'commander';
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Compilation } from '../../compiler/compile.ts';
import type { DataFacts } from '../../compiler/assemble/facts.ts';
import type { PlanFacts } from '../../compiler/plan/plan.ts';
import type { Program } from '../../compiler/program/program.ts';
import { readableText } from '../../compiler/program/text-template.ts';
import type { Tokenizer } from '../../runtime/data/tokenizer.ts';
import type { Act } from '../command.ts';
import type { CommandContext } from '../context.ts';
import { ExitCode } from '../exit-codes.ts';
import { codeWithoutProgram, openExperiment, type Experiment } from '../experiment.ts';
import { describeFailure } from '../failure.ts';
import { compileWithData, remarkListener } from '../open-data.ts';
import { inProject } from '../run-experiment.ts';
import { writeDiagnostics } from '../write-diagnostics.ts';

interface PlanFlags {
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
    .option('--texts <count>', 'texts shown of each prompt', '3')
    .action((file: string, flags: PlanFlags) => act((context) => plan(file, flags, context)));
}

async function plan(file: string, flags: PlanFlags, context: CommandContext): Promise<ExitCode> {
  const experiment = await openExperiment(file, context);
  const compiled = await compiledWith(flags, experiment, context);
  writeDiagnostics(compiled.diagnostics, compiled.graph.sources, context, context.environment.stderr);
  const { program, facts } = compiled;
  if (program === undefined) return codeWithoutProgram(compiled, file);
  const [{ planOf }, { renderPlanText }] = await Promise.all([
    import('../../compiler/plan/plan.ts'),
    import('../../compiler/plan/render-plan.ts'),
  ]);
  const tokenizers = await tokenizersOf(program, experiment.project.root);
  const tokens = tokensOf(tokenizers);
  await remarkSameTokens(program, tokenizers, context);
  const { keptSeeds } = await import('../../runtime/stage-store.ts');
  const ends = join(inProject(experiment.project.root, experiment.project.settings.cache), 'stages');
  const kept = (digest: string): readonly number[] => keptSeeds(ends, digest);
  const { describeRun } = await import('../../runtime/weights/find-run.ts');
  const { root, settings } = experiment.project;
  const place = { projectRoot: root, runsFolder: inProject(root, settings.runs) };
  const run: PlanFacts['run'] = (reference) => describeRun(reference, place);
  const document = planOf(program, { kept, run, ...(facts === undefined ? {} : { counts: facts.counts }), tokens });
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

/** The tokenizers whose files are there. */
async function tokenizersOf(program: Program, root: string): Promise<ReadonlyMap<string, Tokenizer>> {
  const { loadTokenizer } = await import('../../runtime/data/tokenizer.ts');
  const present = program.tokenizers.filter(({ path }) => existsSync(resolve(root, path)));
  return new Map(present.map(({ id, path, context }) => [id, loadTokenizer(resolve(root, path), { context })]));
}

/** Texts of one prompt that no model can tell apart, said before a run says it. */
async function remarkSameTokens(
  program: Program,
  tokenizers: ReadonlyMap<string, Tokenizer>,
  context: CommandContext,
): Promise<void> {
  const { sameTokens } = await import('../../runtime/data/same-tokens.ts');
  for (const { id, tokenizer, texts, vectors } of program.texts) {
    const encoder = tokenizers.get(tokenizer);
    const [first] = encoder === undefined ? [] : sameTokens(texts, encoder.encode(texts, vectors).ids, encoder.context);
    if (first !== undefined) context.environment.stderr.write(`warning[CX8114]: ${id}: "${readableText(first[0])}" and "${readableText(first[1])}" give the same tokens: no model can tell them apart\n`); // prettier-ignore
  }
}

/** Cuts texts. */
function tokensOf(loaded: ReadonlyMap<string, Tokenizer>): NonNullable<PlanFacts['tokens']> {
  return (id, texts) => {
    const tokenizer = loaded.get(id);
    if (tokenizer === undefined) return [];
    const { truncated } = tokenizer.encode(texts);
    // the two marks stand around the pieces
    return texts.map((text, row) => ({
      tokens: tokenizer.pieces(text).length + 2,
      truncated: truncated[row] === true,
    }));
  };
}
