import type { Command } from 'commander';
import type { CheckedExperiment } from '../../compiler/check/checked.ts';
import type { Program, ProgramDigests } from '../../compiler/program/program.ts';
import { formatFactor } from '../../compiler/common/format-number.ts';
import { nearestName } from '../../compiler/common/suggest.ts';
import type { ReportExtras } from '../../runtime/records/report-view.ts';
import type { Act } from '../command.ts';
import type { CommandContext } from '../context.ts';
import { ExitCode } from '../exit-codes.ts';
import { UsageError } from '../failure.ts';
import { codeWithoutProgram, openExperiment, type Experiment } from '../experiment.ts';
import { compileWithData, type DataListener } from '../open-data.ts';
import { openObserver } from '../progress.ts';
import { exitCodeOfRun, runExperiment, type FinishedRun } from '../run-experiment.ts';
import { runResult } from '../run-result.ts';
import { listenForInterruption } from '../signals.ts';
import { studyOf, writeStudy } from '../study-of.ts';
import { findStudy } from '../study-file.ts';
import { writeDiagnostics } from '../write-diagnostics.ts';

interface RunFlags {
  readonly variants?: string;
  readonly seeds?: string;
  readonly saveStudy?: boolean;
}

export function defineRun(program: Command, act: Act): void {
  program
    .command('run')
    .description('Train and evaluate an experiment: as it stands, with its first seed, unless more is asked for.')
    .argument('<file>', '.clipx file')
    .option('--variants <rows>', 'rows of its ablations and points of its sweeps, separated by commas, or all')
    .option('--seeds <seeds>', 'seeds, separated by commas, or all that the file names')
    .option('--save-study', 'write the results of all these runs to study.json beside the file')
    .option('--backend <name>', 'auto, onnxruntime-node, onnxruntime-web, reference')
    .option('--threads <count>', 'threads of the engine')
    .option('--progress <mode>', 'auto, tui, plain, json or none')
    .addHelpText(
      'after',
      `
Examples:
  clipx run experiments/clip-gaze/clip-gaze.clipx
  clipx run experiments/clip-gaze/clip-gaze.clipx --variants "L_g only" --seeds 2
  clipx run experiments/clip-gaze/clip-gaze.clipx --variants all --seeds all --save-study
  clipx run experiments/clip-gaze/clip-gaze.clipx --json | jq '.runs[0].results'`,
    )
    .action((file: string, flags: RunFlags) => act((context) => run(file, flags, context)));
}

async function run(file: string, flags: RunFlags, context: CommandContext): Promise<ExitCode> {
  const experiment = await openExperiment(file, context);
  const full = await experiment.compile();
  writeDiagnostics(full.diagnostics, full.graph.sources, context);
  if (full.checked === undefined || full.program === undefined) return codeWithoutProgram(full, file);
  const rows = chosenRows(flags.variants, full.checked);
  const seeds = chosenSeeds(flags.seeds, full.checked);
  const digests = await digestsOfRows(experiment, full.program, full.checked);
  const study = await findStudy(experiment, full.program.name, digests);
  const extras: ReportExtras = study === undefined ? {} : { study };
  const observer = await openObserver(context, { stream: context.environment.stderr, live: true });
  const interruption = listenForInterruption(context.environment, () =>
    observer.note('stopping after this step, with a checkpoint; a second signal stops at once'),
  );
  let seq = 0;
  const listener: DataListener = {
    // Before the run has a folder and a stream of its own.
    onProgress: (task, done, total) => {
      const ts = context.environment.now();
      observer.preparing({ schema: 'clipx.event/1', seq: seq++, ts, event: 'progress', task, done, total });
    },
    onWarning: (code, message) => observer.note(`warning[${code}]: ${message}`),
  };
  const finished: FinishedRun[] = [];
  let failed: ExitCode | undefined;
  try {
    const { print } = await import('../../compiler/syntax/print.ts');
    const experimentText = full.graph.root === undefined ? experiment.source.text : print(full.graph.root.file);
    for (const row of rows) {
      const compiled = await compileWithData(row, experiment, listener);
      if (compiled.program === undefined) {
        writeDiagnostics(compiled.diagnostics, compiled.graph.sources, context);
        return codeWithoutProgram(compiled, file);
      }
      for (const seed of seeds) {
        const task = { program: compiled.program, experimentText, seed, extras };
        const place = { project: experiment.project, cwd: context.cwd };
        const one = await runExperiment(task, place, (event) => observer.event(event), interruption.signal);
        finished.push(one);
        const code = exitCodeOfRun(one.outcome, interruption.code());
        if (code !== ExitCode.done) failed ??= code;
        if (one.outcome.status === 'interrupted') break;
      }
      if (interruption.code() !== undefined) break;
    }
  } finally {
    interruption.release();
    await observer.close();
  }
  await tell(finished, context);
  await tellStudy(finished, experiment, full.checked, flags, context);
  // A cell that failed makes the answer of a whole table no; a single run has its own reason.
  const cells = rows.length * seeds.length;
  return failed === undefined || cells === 1 || interruption.code() !== undefined
    ? (failed ?? ExitCode.done)
    : ExitCode.no;
}

/** What each row's program is today, to say whether a committed result is still that of the file. */
async function digestsOfRows(
  experiment: Experiment,
  full: Program,
  checked: CheckedExperiment,
): Promise<Readonly<Record<string, ProgramDigests>>> {
  const { protocolDigest, semanticDigest } = await import('../../compiler/compare/digest.ts');
  const digests: Record<string, ProgramDigests> = { [full.row]: full.digests };
  for (const { label } of checked.rows) {
    const { checked: row } = await experiment.check(label);
    if (row !== undefined) digests[label] = { semantic: semanticDigest(row), protocol: protocolDigest(row) };
  }
  return digests;
}

function chosenRows(flag: string | undefined, checked: CheckedExperiment): readonly string[] {
  const known = ['full', ...checked.rows.map((it) => it.label)];
  if (flag === undefined) return ['full'];
  if (flag === 'all') return known;
  return labels(flag, known).map((row) => {
    if (known.includes(row)) return row;
    const near = nearestName(row, known);
    throw new UsageError(
      `there is no row "${row}"; the experiment has ${known.map((it) => `"${it}"`).join(', ')}`,
      near === undefined ? undefined : `did you mean "${near}"?`,
    );
  });
}

/** Labels between commas; a label may hold commas itself, as `λ = 0.5, τ = 1` of a sweep does: the longest that is one counts. */
function labels(flag: string, known: readonly string[]): readonly string[] {
  const parts = words(flag);
  const found: string[] = [];
  for (let from = 0; from < parts.length;) {
    let to = parts.length;
    while (to > from + 1 && !known.includes(parts.slice(from, to).join(', '))) to -= 1;
    found.push(parts.slice(from, to).join(', '));
    from = to;
  }
  return found;
}

function chosenSeeds(flag: string | undefined, { seeds }: CheckedExperiment): readonly number[] {
  if (flag === undefined) return [seeds[0] ?? 1];
  if (flag === 'all') return seeds.length === 0 ? [1] : seeds;
  return words(flag).map((word) => {
    const seed = Number(word);
    if (Number.isInteger(seed) && seed >= 0) return seed;
    throw new UsageError(`--seeds holds "${word}", expected whole numbers separated by commas, or all`);
  });
}

function words(flag: string): readonly string[] {
  return flag.split(',').map((it) => it.trim()).filter((it) => it !== ''); // prettier-ignore
}

/** The result on stdout: a summary of each run, or one JSON document. */
async function tell(finished: readonly FinishedRun[], context: CommandContext): Promise<void> {
  if (context.format === 'json') {
    context.print(`${JSON.stringify(runResult(finished), null, 2)}\n`);
    return;
  }
  const { renderSummary } = await import('../../runtime/records/summary.ts');
  const several = finished.length > 1;
  for (const { summary } of finished) {
    // Of several runs the table comes once, at the end.
    const { study: _, ...alone } = summary;
    context.print(`${renderSummary(several ? alone : summary)}${several ? '\n' : ''}`);
  }
}

async function tellStudy(
  finished: readonly FinishedRun[],
  experiment: Experiment,
  checked: CheckedExperiment,
  flags: RunFlags,
  context: CommandContext,
): Promise<void> {
  if (finished.length < 2 && flags.saveStudy !== true) return;
  const study = studyOf(finished, checked);
  if (study === undefined) return;
  if (context.format !== 'json') {
    const { renderStudyTable } = await import('../../runtime/records/study.ts');
    context.print(`mean ± sd (seeds)\n${renderStudyTable(study, { format: 'text' })}`);
    for (const { sweep, row, metric, direction, value } of study.kept ?? [])
      context.print(`sweep ${sweep} keeps "${row}": ${direction} ${metric} ${formatFactor(value)}\n`);
  }
  if (flags.saveStudy !== true) return;
  const path = await writeStudy(study, experiment);
  context.remark(`the study is in ${path}\n`);
}
