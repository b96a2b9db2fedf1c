import type { RunEvent } from '../runtime/events.ts';
import type { CellName, CellResult, CellState, StudyEventBody } from '../runtime/records/study-event.ts';

/** What a screen shows of a study: a pure function of what was told so far. */
export interface StudyView {
  readonly name: string;
  readonly jobs: number;
  readonly cells: readonly CellView[];
  /** Work before the cells run. */
  readonly task: { readonly task: string; readonly done: number; readonly total: number } | undefined;
  /** The latest sentence from outside. */
  readonly note: string | undefined;
  readonly startedAt: number | undefined;
  readonly latestAt: number;
  readonly ended: boolean;
}

export interface CellView extends CellName {
  readonly state: CellState;
  /** Of the stage under way, or of the whole run once it is over. */
  readonly stage: string;
  readonly step: number;
  readonly steps: number;
  readonly loss: number | null | undefined;
  /** The latest metric that is known. */
  readonly result: CellResult | undefined;
  /** What it does besides training: `decoding`. */
  readonly task: string;
  readonly startedAt: number | undefined;
  readonly endedAt: number | undefined;
  readonly message: string | undefined;
}

export const emptyStudyView: StudyView = {
  name: '',
  jobs: 1,
  cells: [],
  task: undefined,
  note: undefined,
  startedAt: undefined,
  latestAt: 0,
  ended: false,
};

/** The view after one more event. */
export function reduceStudy(before: StudyView, event: StudyEventBody, ts: number): StudyView {
  const view: StudyView = { ...before, startedAt: before.startedAt ?? ts, latestAt: ts };
  switch (event.event) {
    case 'study.start':
      return { ...view, name: event.name, jobs: event.jobs, cells: event.cells.map(newCell), task: undefined };
    case 'cell.state':
      return withCell(view, event.cell, (cell) => ({
        ...cell,
        state: event.state,
        task: '',
        ...(event.result !== undefined && { result: event.result }),
        ...(event.message !== undefined && { message: event.message }),
        ...(event.state === 'running' ? { startedAt: ts } : isOver(event.state) ? { endedAt: ts } : {}),
      }));
    case 'cell.event':
      return withCell(view, event.cell, (cell) => heard(cell, event.of));
    case 'study.end':
      return { ...view, ended: true };
  }
}

function newCell({ row, seed }: CellName): CellView {
  return { row, seed, state: 'waiting', stage: '', step: 0, steps: 0, loss: undefined, result: undefined, task: '', startedAt: undefined, endedAt: undefined, message: undefined }; // prettier-ignore
}

/** Whether nothing more will come of a cell. */
export function isOver(state: CellState): boolean {
  return state === 'complete' || state === 'reused' || state === 'failed' || state === 'interrupted';
}

/** How many cells are in one of these states. */
export function countCells(view: StudyView, ...states: readonly CellState[]): number {
  return view.cells.filter((cell) => states.includes(cell.state)).length;
}

function withCell(view: StudyView, index: number, change: (cell: CellView) => CellView): StudyView {
  const cell = view.cells[index];
  return cell === undefined ? view : { ...view, cells: view.cells.with(index, change(cell)) };
}

function heard(cell: CellView, event: RunEvent): CellView {
  switch (event.event) {
    case 'plan':
      return { ...cell, stage: event.stage, step: 0, steps: event.steps, task: '' };
    case 'step':
      return { ...cell, stage: event.stage, step: event.step, loss: event.total, task: '' };
    case 'progress':
      return { ...cell, task: event.done >= event.total ? '' : event.task };
    case 'eval': {
      const metric = event.metrics.find((it) => it.values === undefined) ?? event.metrics[0];
      if (metric === undefined) return cell;
      const place = event.evaluation === event.data ? event.data : `${event.evaluation}.${event.data}`;
      return { ...cell, result: { key: `${place}.${metric.name}`, value: metric.value, ...(metric.unit !== undefined && { unit: metric.unit }) } }; // prettier-ignore
    }
    default:
      return cell;
  }
}

/** Milliseconds that are still needed at the pace of the cells that ran here, or nothing before one has ended. */
export function studyTimeLeft(view: StudyView): number | undefined {
  const spent = view.cells.flatMap((cell) =>
    cell.state === 'complete' && cell.startedAt !== undefined && cell.endedAt !== undefined
      ? [cell.endedAt - cell.startedAt]
      : [],
  );
  if (spent.length === 0) return undefined;
  const mean = spent.reduce((sum, it) => sum + it, 0) / spent.length;
  const left = view.cells.reduce((sum, cell) => {
    if (cell.state === 'waiting' || cell.state === 'elsewhere') return sum + mean;
    if (cell.state !== 'running' || cell.startedAt === undefined) return sum;
    return sum + Math.max(0, mean - (view.latestAt - cell.startedAt));
  }, 0);
  return left / Math.max(1, view.jobs);
}
