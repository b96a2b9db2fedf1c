/** The cells of a study from the command line: which there are, what is known of them, and the processes that run them. */
import { availableParallelism } from 'node:os';
import type { Compilation } from '../../compiler/compile.ts';
import type { CheckedExperiment } from '../../compiler/check/checked.ts';
import type { StudyEventBody } from '../../runtime/records/study-event.ts';
import type { CommandContext } from '../context.ts';
import type { Experiment } from '../experiment.ts';
import { describeFailure } from '../failure.ts';
import { compileWithData, type DataListener } from '../open-data.ts';
import { inProject, runExperiment, type FinishedRun } from '../run-experiment.ts';
import type { Interruption } from '../signals.ts';
import type { RunPlace } from '../../runtime/weights/find-run.ts';
import { hasErrors } from '../write-diagnostics.ts';
import type { Cell, CellEnd, RunCell } from './cell.ts';
import { runInProcess } from './cell-process.ts';
import { inputDigest } from './input-digest.ts';
import { readFinished } from './read-run.ts';
import { runCells } from './run-cells.ts';

export interface StudyRequest {
  readonly file: string;
  readonly experiment: Experiment;
  readonly checked: CheckedExperiment;
  readonly rows: readonly string[];
  readonly seeds: readonly number[];
  readonly jobs: number;
  readonly fresh: boolean;
}

/** A cell and what came of it; without an end it was not begun. */
export interface StudyCell {
  readonly cell: Cell;
  readonly end: CellEnd | undefined;
  readonly finished: FinishedRun | undefined;
}

/** A row that does not compile. */
export interface BrokenRow {
  readonly row: string;
  readonly compiled: Compilation;
}

/**
 * Rows × seeds, each with the key that its runs are found by. Every row is compiled before anything runs: what does not compile is told at
 * once and not in the middle of the night.
 */
export async function cellsOf({
  experiment,
  rows,
  seeds,
}: Pick<StudyRequest, 'experiment' | 'rows' | 'seeds'>): Promise<readonly Cell[] | BrokenRow> {
  const cells: Cell[] = [];
  for (const row of rows) {
    const compiled = await experiment.compile(row);
    if (compiled.program === undefined || hasErrors(compiled.diagnostics)) return { row, compiled };
    const inputs = await inputDigest(compiled.program, runPlaceOf(experiment));
    const { semantic } = compiled.program.digests;
    for (const seed of seeds) cells.push({ row, seed, key: { semantic, seed, inputs } });
  }
  return cells;
}

/** Where the runs are that a program may start from. */
export const runPlaceOf = ({ project }: Experiment): RunPlace => ({
  projectRoot: project.root,
  runsFolder: inProject(project.root, project.settings.runs),
});

/** Runs what is missing, and gives back every cell in order. */
export async function runStudy(
  request: StudyRequest,
  cells: readonly Cell[],
  context: CommandContext,
  interruption: Interruption,
  tell: (event: StudyEventBody) => void,
  listener: DataListener,
): Promise<readonly StudyCell[]> {
  const { experiment, checked } = request;
  const { project } = experiment;
  const jobs = Math.min(request.jobs, cells.length);
  tell({ event: 'study.start', name: checked.name, jobs, cells: cells.map(({ row, seed }) => ({ row, seed })) });
  const runsFolder = inProject(project.root, project.settings.runs);
  const run = jobs > 1 ? inProcesses(request, context, interruption, jobs) : hereOneByOne(request, context, interruption, listener); // prettier-ignore
  const { now, sleep } = context.environment;
  const ends = await runCells({ cells, jobs, runsFolder, fresh: request.fresh, run, tell, signal: interruption.signal, now, sleep }); // prettier-ignore
  tell({ event: 'study.end' });
  const found: StudyCell[] = [];
  for (const [index, cell] of cells.entries()) {
    const end = ends[index];
    const finished = end === undefined ? undefined : await readFinished(cell, end, checked.name, context.cwd);
    found.push({ cell, end, finished });
  }
  return found;
}

function inProcesses(
  { file, experiment }: StudyRequest,
  context: CommandContext,
  interruption: Interruption,
  jobs: number,
): RunCell {
  const { settings, root } = experiment.project;
  // the machine's threads, shared out
  const threads = Math.max(1, Math.floor((settings.threads || availableParallelism()) / jobs));
  const request = {
    file,
    cwd: context.cwd,
    allowed: context.allowed,
    backend: settings.backend,
    threads,
    runsFolder: inProject(root, settings.runs),
    cacheFolder: inProject(root, settings.cache),
  };
  return (cell, resume, onEvent) => runInProcess(cell, resume, request, onEvent, interruption.signal);
}

/** One cell after another in this process; a row is compiled with its data once. */
function hereOneByOne(
  { experiment }: StudyRequest,
  context: CommandContext,
  interruption: Interruption,
  listener: DataListener,
): RunCell {
  let row: { readonly name: string; readonly compiled: ReturnType<typeof compileWithData> } | undefined;
  return async (cell, resume, onEvent) => {
    try {
      if (row?.name !== cell.row) row = { name: cell.row, compiled: compileWithData(cell.row, experiment, listener) };
      return await runCell(cell, resume, await row.compiled, experiment, context, interruption, onEvent);
    } catch (thrown) {
      const { code, message, help } = describeFailure(thrown);
      return { status: 'failed', error: { message, ...(code !== undefined && { code }), ...(help !== undefined && { help }) } }; // prettier-ignore
    }
  };
}

/** Runs one cell in this process. */
export async function runCell(
  { row, seed }: Pick<Cell, 'row' | 'seed'>,
  resume: string | undefined,
  { program, graph, diagnostics }: Compilation,
  experiment: Experiment,
  context: CommandContext,
  interruption: Interruption,
  onEvent: Parameters<RunCell>[2],
): Promise<CellEnd> {
  if (program === undefined) {
    const [first] = diagnostics.filter((it) => it.severity === 'error');
    return { status: 'failed', error: { message: first?.message ?? `row "${row}" does not compile`, ...(first && { code: first.code }) } }; // prettier-ignore
  }
  const { print } = await import('../../compiler/syntax/print.ts');
  const task = {
    program,
    experimentText: graph.root === undefined ? experiment.source.text : print(graph.root.file),
    seed,
    inputs: await inputDigest(program, runPlaceOf(experiment)),
    extras: {},
    ...(resume !== undefined && { resume }),
  };
  const place = { project: experiment.project, cwd: context.cwd };
  const { outcome } = await runExperiment(task, place, onEvent, interruption.signal);
  return {
    status: outcome.status,
    ...(outcome.folder !== undefined && { folder: outcome.folder }),
    ...(outcome.error !== undefined && { error: outcome.error }),
  };
}
