import { Option, type Command } from 'commander';
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
import { chosenRows, chosenSeeds } from '../study/choose-cells.ts';
import { renderFindings } from '../study/render-findings.ts';
import { findingsOf, writeStudyFolder, type StudyFindings } from '../study/study-folder.ts';
import { cellsOf, runCell, runPlaceOf, runStudy, type StudyCell, type StudyRequest } from '../study/run-study.ts';
import { exitCodeOfRun, runExperiment, type FinishedRun } from '../run-experiment.ts';
import { randomDataOf, refuseStudy, runOnRandomData, type RandomDataFlags } from '../run-on-random-data.ts';
import { runResult } from '../run-result.ts';
import { listenForInterruption } from '../signals.ts';
import { studyOf, writeStudy } from '../study-of.ts';
import { processesOf, runOnTorchrun } from '../torchrun/run-on-torchrun.ts';
import { digestsOfRows, findStudy } from '../study-file.ts';
import { writeDiagnostics } from '../write-diagnostics.ts';

interface RunFlags extends RandomDataFlags {
  readonly variants?: string;
  readonly seeds?: string;
  readonly saveStudy?: boolean;
  readonly jobs?: string;
  readonly fresh?: boolean;
  readonly cell?: string;
  readonly on?: string;
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
    .option(
      '--random-data',
      'no file is read: a small model of the same form trains on made-up samples, to see whether the file runs at all',
    )
    .option('--steps <count>', 'with --random-data: updates of each stage (2)')
    .option(
      '--on <place>',
      'by PyTorch instead of an engine of clipx: torchrun:<processes>, which share out each batch',
    )
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
  clipx run experiments/clip-gaze/clip-gaze.clipx --random-data --steps 2
  clipx run experiments/clip-gaze/clip-gaze.clipx --on torchrun:2

Of several runs, one that is complete is taken from its folder and one that was stopped or killed goes on: the same
command again finishes what is missing.`,
    )
    .action((file: string, flags: RunFlags) => act((context) => run(file, flags, context)));
}

async function run(file: string, flags: RunFlags, context: CommandContext): Promise<ExitCode> {
  const random = randomDataOf(flags);
  if (random !== undefined) refuseStudy(flags);
  // what is asked for wrongly is told before anything is read
  const processes = flags.on === undefined ? undefined : processesOf(flags.on);
  const experiment = await openExperiment(file, context, random);
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
  if (random !== undefined)
    return runOnRandomData({ file, experiment, rows, seed: seeds[0] ?? 1, processes }, context, (finished) =>
      tell(finished, context),
    );
  if (flags.on !== undefined && rows.length * seeds.length > 1)
    throw new UsageError('--on takes one run at a time', 'choose it with --variants and --seeds');
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
    const inputs = await inputDigest(compiled.program, runPlaceOf(experiment));
    const task = { program: compiled.program, experimentText, seed: seeds[0] ?? 1, inputs, extras };
    const place = { project: experiment.project, cwd: context.cwd };
    const told = (event: RunEvent): void => observer.event(event);
    const one =
      flags.on === undefined
        ? await runExperiment(task, place, told, interruption.signal)
        : await runOnTorchrun({ ...task, compiled, processes: processesOf(flags.on) }, experiment, context, told, interruption.signal); // prettier-ignore
    if (one === undefined) return ExitCode.input;
    await observer.close();
    await tell([one], context);
    const study = flags.saveStudy === true ? studyOf([one], checked) : undefined;
    if (study !== undefined) context.remark(`the study is in ${await writeStudy(study, experiment)}\n`);
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
  const findings = await findingsOf(done, request.checked);
  if (context.format === 'json') {
    const runs = runResult(done.flatMap((it) => it.finished ?? []));
    context.print(`${JSON.stringify({ ...runs, study: findings.study ?? null, claims: findings.claims }, null, 2)}\n`);
  }
  await tellFindings(findings, request, flags, context);
  tellFailures(done, context);
  const stopped = interruption.code();
  if (stopped !== undefined) {
    const left = done.filter((it) => it.end?.status !== 'complete').length;
    context.remark(`${left} of ${done.length} runs are not complete; the same command goes on with them\n`);
    return stopped;
  }
  // a run that failed makes the answer of a whole table no, and so does a claim that does
  const isComplete = done.every((it) => it.end?.status === 'complete');
  return isComplete && findings.claims.every((it) => it.verdict !== 'fails') ? ExitCode.done : ExitCode.no;
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

function chosenJobs(flag: string | undefined): number {
  const jobs = flag === undefined ? 1 : Number(flag);
  if (Number.isInteger(jobs) && jobs >= 1 && jobs <= 1024) return jobs;
  throw new UsageError(`--jobs is "${flag}", expected a whole number from 1`);
}

/** The result on stdout: a summary of each run, or one JSON document. */
async function tell(finished: readonly FinishedRun[], context: CommandContext): Promise<void> {
  if (context.format === 'json') {
    context.print(`${JSON.stringify(runResult(finished), null, 2)}\n`);
    return;
  }
  const { renderSummary } = await import('../../runtime/records/summary.ts');
  for (const { summary } of finished) context.print(renderSummary(summary));
}

/** Of several runs: the table, the verdicts, and where the rest is. */
async function tellFindings(
  findings: StudyFindings,
  { experiment, checked }: StudyRequest,
  flags: RunFlags,
  context: CommandContext,
): Promise<void> {
  const folder = await writeStudyFolder(findings, experiment, checked);
  if (context.format !== 'json') {
    context.print(await renderFindings(findings, 'text'));
    context.print(`report  ${shorterPath(folder, context.cwd)}/report.html\n`);
  }
  if (flags.saveStudy === true && findings.study !== undefined)
    context.remark(`the study is in ${await writeStudy(findings.study, experiment)}\n`);
}
