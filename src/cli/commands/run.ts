import { Option, type Command } from 'commander';
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
import type { RunEvent } from '../../runtime/events.ts';
import type { RunObserver } from '../../tui/observer.ts';
import { openObserver, openStudyObserver } from '../progress.ts';
import { shorterPath } from '../read-source.ts';
import type { CellReport } from '../study/cell-process.ts';
import { inputDigest } from '../study/input-digest.ts';
import { cellsOf, runCell, runStudy, type StudyCell, type StudyRequest } from '../study/run-study.ts';
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
  readonly jobs?: string;
  readonly fresh?: boolean;
  readonly cell?: string;
}

export function defineRun(program: Command, act: Act): void {
  program
    .command('run')
    .description('Train and evaluate an experiment: as it stands, with its first seed, unless more is asked for.')
    .argument('<file>', '.clipx file')
    .option(
      '--variants <rows>',
      'rows of its ablations and points of its sweeps, separated by commas, or all (with all seeds)',
    )
    .option('--seeds <seeds>', 'seeds, separated by commas, or all that the file names')
    .option('--jobs <count>', 'of several runs so many at a time, each in a process of its own')
    .option('--fresh', 'of several runs also those anew that are complete')
    .addOption(new Option('--cell <folder>', 'one run for another process').hideHelp())
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
  clipx run experiments/clip-gaze/clip-gaze.clipx --variants all --jobs 2
  clipx run experiments/clip-gaze/clip-gaze.clipx --json | jq '.runs[0].results'

Of several runs, one that is complete is taken from its folder and one that was stopped or killed goes on: the same
command again finishes what is missing.`,
    )
    .action((file: string, flags: RunFlags) => act((context) => run(file, flags, context)));
}

async function run(file: string, flags: RunFlags, context: CommandContext): Promise<ExitCode> {
  const experiment = await openExperiment(file, context);
  const { cell, variants = 'full', seeds: seed } = flags;
  if (cell !== undefined)
    return runOneForAnother(experiment, { row: variants, seed: Number(seed), resume: cell }, context);
  const full = await experiment.compile();
  writeDiagnostics(full.diagnostics, full.graph.sources, context);
  if (full.checked === undefined || full.program === undefined) return codeWithoutProgram(full, file);
  const rows = chosenRows(flags.variants, full.checked);
  // all variants are a study, and a study has all its seeds
  const seeds = chosenSeeds(flags.seeds ?? (flags.variants === 'all' ? 'all' : undefined), full.checked);
  const request = { file, experiment, checked: full.checked, rows, seeds, jobs: chosenJobs(flags.jobs), fresh: flags.fresh === true }; // prettier-ignore
  if (rows.length * seeds.length > 1) return runSeveral(request, flags, context);
  const digests = await digestsOfRows(experiment, full.program, full.checked);
  const study = await findStudy(experiment, full.program.name, digests);
  return runAlone(request, study === undefined ? {} : { study }, flags, context);
}

/** One run, in full view. */
async function runAlone(
  { file, experiment, checked, rows, seeds }: StudyRequest,
  extras: ReportExtras,
  flags: RunFlags,
  context: CommandContext,
): Promise<ExitCode> {
  const observer = await openObserver(context, { stream: context.environment.stderr, live: true });
  const interruption = listenForInterruption(context.environment, () => observer.note(stopping));
  try {
    const compiled = await compileWithData(rows[0] ?? 'full', experiment, listenerOf(observer, context));
    if (compiled.program === undefined) {
      writeDiagnostics(compiled.diagnostics, compiled.graph.sources, context);
      return codeWithoutProgram(compiled, file);
    }
    const { print } = await import('../../compiler/syntax/print.ts');
    const experimentText = compiled.graph.root === undefined ? experiment.source.text : print(compiled.graph.root.file);
    const inputs = inputDigest(compiled.program, experiment.project.root);
    const task = { program: compiled.program, experimentText, seed: seeds[0] ?? 1, inputs, extras };
    const place = { project: experiment.project, cwd: context.cwd };
    const one = await runExperiment(task, place, (event) => observer.event(event), interruption.signal);
    await observer.close();
    await tell([one], context);
    if (flags.saveStudy === true) await tellStudy([one], experiment, checked, flags, context);
    return exitCodeOfRun(one.outcome, interruption.code());
  } finally {
    interruption.release();
    await observer.close();
  }
}

/** The cells of a study: what is missing is run, what failed is told at the end. */
async function runSeveral(request: StudyRequest, flags: RunFlags, context: CommandContext): Promise<ExitCode> {
  const cells = await cellsOf(request);
  if ('compiled' in cells) {
    const { compiled, row } = cells;
    writeDiagnostics(compiled.diagnostics, compiled.graph.sources, context);
    context.remark(`row "${row}" does not compile, so nothing was run\n`);
    return codeWithoutProgram(compiled, request.file);
  }
  const observer = await openStudyObserver(context);
  const interruption = listenForInterruption(context.environment, () => observer.note(stopping));
  let done: readonly StudyCell[] = [];
  try {
    const { now } = context.environment;
    done = await runStudy(request, cells, context, interruption, (event) => observer.tell(event, now()), listenerOf(observer, context)); // prettier-ignore
  } finally {
    interruption.release();
    await observer.close();
  }
  const finished = done.flatMap((it) => it.finished ?? []);
  if (context.format === 'json') await tell(finished, context);
  await tellStudy(finished, request.experiment, request.checked, flags, context);
  tellFailures(done, context);
  const stopped = interruption.code();
  if (stopped !== undefined) {
    const left = done.filter((it) => it.end?.status !== 'complete').length;
    context.remark(`${left} of ${done.length} runs are not complete; the same command goes on with them\n`);
    return stopped;
  }
  return done.some((it) => it.end?.status !== 'complete') ? ExitCode.no : ExitCode.done;
}

/** A cell of a study that another process runs: its events on stdout, and at the end how it went. */
async function runOneForAnother(
  experiment: Experiment,
  { row, seed, resume }: { readonly row: string; readonly seed: number; readonly resume: string },
  context: CommandContext,
): Promise<ExitCode> {
  const say = (message: RunEvent | CellReport): void =>
    void context.environment.stdout.write(`${JSON.stringify(message)}\n`);
  const stop = new AbortController();
  // whoever began this is gone or wants it to stop
  void context.environment.stdin.text().then(() => stop.abort());
  const interruption = { signal: stop.signal, code: () => undefined, release: () => undefined };
  const observer = { preparing: say, note: (text: string) => void context.environment.stderr.write(`${text}\n`) };
  const compiled = await compileWithData(row, experiment, listenerOf(observer, context));
  const end = await runCell({ row, seed }, resume === 'new' ? undefined : resume, compiled, experiment, context, interruption, say); // prettier-ignore
  say({ schema: 'clipx.cell/1', ...end });
  return end.status === 'complete' ? ExitCode.done : ExitCode.no;
}

const stopping = 'stopping after this step, with a checkpoint; a second signal stops at once';

/** What is told before a run has a folder and a stream of its own. */
function listenerOf(observer: Pick<RunObserver, 'preparing' | 'note'>, context: CommandContext): DataListener {
  let seq = 0;
  return {
    onProgress: (task, done, total) => {
      const ts = context.environment.now();
      observer.preparing({ schema: 'clipx.event/1', seq: seq++, ts, event: 'progress', task, done, total });
    },
    onWarning: (code, message) => observer.note(`warning[${code}]: ${message}`),
  };
}

/** Every cell that failed, with its error, once more where it is read. */
function tellFailures(done: readonly StudyCell[], context: CommandContext): void {
  for (const { cell, end } of done) {
    if (end?.status !== 'failed') continue;
    const { code, message = 'for a reason that is not known', help } = end.error ?? {};
    const lines = [`failed: row "${cell.row}", seed ${cell.seed}: ${code === undefined ? '' : `[${code}] `}${message}`];
    if (help !== undefined) lines.push(`  help: ${help}`);
    if (end.folder !== undefined) lines.push(`  run folder ${shorterPath(end.folder, context.cwd)}`);
    context.environment.stderr.write(`${lines.join('\n')}\n`);
  }
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

function chosenJobs(flag: string | undefined): number {
  const jobs = flag === undefined ? 1 : Number(flag);
  if (Number.isInteger(jobs) && jobs >= 1 && jobs <= 1024) return jobs;
  throw new UsageError(`--jobs is "${flag}", expected a whole number from 1`);
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
