import { Option, type Command } from 'commander';
import { nearestName } from '../../compiler/common/suggest.ts';
import { tableForms, type TableForm } from '../../runtime/records/study-table.ts';
import type { ComparedRun } from '../../runtime/records/comparison/compared-run.ts';
import type { Act } from '../command.ts';
import type { RunsComparison } from '../compare/compare-runs.ts';
import { readRuns } from '../compare/read-runs.ts';
import type { CommandContext } from '../context.ts';
import { ExitCode } from '../exit-codes.ts';
import { UsageError } from '../failure.ts';

interface CompareFlags {
  readonly all?: boolean;
  readonly force?: boolean;
  readonly better?: string;
  readonly table: TableForm;
}

export function defineCompare(program: Command, act: Act): void {
  program
    .command('compare')
    .description('Hold runs against the first one: what differs in meaning, how they ran, and what they measured.')
    .argument('<runs...>', 'two or more: folders of runs, their names in the folder of runs, or latest')
    .option('--all', 'what does not differ too')
    .option('--force', 'rank also runs whose protocols differ')
    .option('--better <directions>', 'which end of metrics is better, where nothing says so: error:lower,top1:higher')
    .addOption(
      new Option('--table <form>', 'the numbers alone, as a table for a paper').choices(tableForms).default('text'),
    ) // prettier-ignore
    .addHelpText(
      'after',
      `
Examples:
  clipx compare runs/clip_gaze-full-s1-9b02d7aa latest
  clipx compare runs/clip_gaze-full-* runs/clip_gaze-L_g-only-*
  clipx compare runs/a-s1 runs/a-s2 runs/b-s1 runs/b-s2 --table latex > table.tex
  clipx compare runs/a runs/b --json | jq '.metrics[].differences[].verdict'

Runs that differ in the seed alone are one row, mean ± standard deviation. A verdict is better, worse, same or unsure: with
two seeds or more on both sides by the rule of claims (the mean difference, seed by seed, exceeds two standard errors).
Which end of a metric is better, the experiment says (best:, stop:, keep) or its formula; --better where neither does.
Runs whose protocols differ (data, split, preprocessing, evaluation, metrics) are not ranked.`, // prettier-ignore
    )
    .action((runs: readonly string[], flags: CompareFlags) => act((context) => compare(runs, flags, context)));
}

async function compare(words: readonly string[], flags: CompareFlags, context: CommandContext): Promise<ExitCode> {
  if (words.length < 2) throw new UsageError('compare takes two runs or more; the first is what the others are held against'); // prettier-ignore
  const project = await context.project();
  const runs = await readRuns(words, project, context.cwd);
  const directions = directionsOf(flags.better, runs);
  const { compareRuns } = await import('../compare/compare-runs.ts');
  const comparison = await compareRuns(runs, { directions, force: flags.force === true }, project, context);
  context.print(await rendered(comparison, flags, context));
  return ExitCode.done;
}

async function rendered(comparison: RunsComparison, { table, all }: CompareFlags, context: CommandContext): Promise<string> {
  if (context.format === 'json') {
    const { comparisonDocument } = await import('../compare/comparison-document.ts');
    return `${JSON.stringify(comparisonDocument(comparison, context.cwd), null, 2)}\n`;
  }
  if (table === 'text') {
    const { renderComparison } = await import('../compare/render-comparison.ts');
    const color = context.colorOn(context.environment.stdout);
    return renderComparison(comparison, { all: all === true, color, cwd: context.cwd });
  }
  const [{ comparisonTable }, { renderTable }] = await Promise.all([
    import('../compare/comparison-table.ts'),
    import('../../runtime/records/study-table.ts'),
  ]);
  warnOf(comparison, context);
  return renderTable(comparisonTable(comparison), table);
} // prettier-ignore

/** A table has no room for what its reader has to know. */
function warnOf({ sides, others }: RunsComparison, { environment }: CommandContext): void {
  for (const { side, refusals } of others) {
    if (refusals.length > 0) environment.stderr.write(`warning: ${sides[0]?.label ?? ''} and ${side.label} are not comparable: ${refusals.join('; ')}\n`); // prettier-ignore
  }
  for (const { folder, state } of sides.flatMap(({ runs }) => runs)) {
    if (state !== 'complete')
      environment.stderr.write(`warning: ${folder} is ${state}, so its numbers are not final\n`);
  }
}

/** `error:lower,val.top1:higher`. Throws `UsageError`. */
function directionsOf(flag: string | undefined, runs: readonly ComparedRun[]): ReadonlyMap<string, 'min' | 'max'> {
  const names = [...new Set(runs.flatMap(({ metrics }) => metrics.flatMap(({ key, name }) => [key, name])))];
  const parts = (flag ?? '').split(',').map((it) => it.trim()).filter((it) => it !== ''); // prettier-ignore
  return new Map(
    parts.map((part) => {
      const [, name = part, end = ''] = /^(.*):\s*(\w*)$/.exec(part) ?? [];
      const direction = ends.get(end);
      if (direction === undefined) throw new UsageError(`--better holds "${part}", expected metric:lower or metric:higher`); // prettier-ignore
      if (names.includes(name)) return [name, direction] as const;
      const near = nearestName(name, names);
      throw new UsageError(`--better names "${name}", which no run measures`, near === undefined ? `they measure ${names.join(', ')}` : `did you mean "${near}"?`); // prettier-ignore
    }),
  );
}

const ends: ReadonlyMap<string, 'min' | 'max'> = new Map([
  ['lower', 'min'],
  ['higher', 'max'],
]);
