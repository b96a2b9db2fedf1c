import type { StudyEventBody } from '../runtime/records/study-event.ts';
import { formatCount, formatDuration, formatMetric, formatNumber } from '../runtime/records/report-format.ts';
import type { StudyObserver } from './study-observer.ts';
import { countCells, emptyStudyView, isOver, reduceStudy, type CellView, type StudyView } from './study-view.ts';

/** While cells run, each is heard of so often. */
const longestSilence = 30_000;

/** Lines for logs, pipes and CI: each change of a cell, and now and then how far those are that run. */
export function plainStudy(
  write: (text: string) => void,
  shorten: (path: string) => string = (it) => it,
): StudyObserver {
  let view: StudyView = emptyStudyView;
  const spoken = new Map<number, number>();
  const line = (text: string): void => write(`${text}\n`);

  function tell(event: StudyEventBody, ts: number): void {
    const before = view;
    view = reduceStudy(view, event, ts);
    switch (event.event) {
      case 'study.start':
        return line(`${event.name}: ${event.cells.length} runs${event.jobs > 1 ? `, ${event.jobs} at a time` : ''}`);
      case 'cell.state': {
        const cell = view.cells[event.cell];
        if (cell === undefined || before.cells[event.cell]?.state === cell.state) return undefined;
        spoken.set(event.cell, ts);
        return line(stateLine(cell, view, event.folder === undefined ? undefined : shorten(event.folder)));
      }
      case 'cell.event': {
        const cell = view.cells[event.cell];
        if (event.of.event === 'warning')
          return line(`${nameOf(cell)}: warning[${event.of.code}]: ${event.of.message}`);
        if (cell === undefined || event.of.event !== 'step') return undefined;
        if (ts - (spoken.get(event.cell) ?? 0) < longestSilence) return undefined;
        spoken.set(event.cell, ts);
        return line(
          `${nameOf(cell)}: step ${formatCount(cell.step)}/${formatCount(cell.steps)}  loss ${formatNumber(cell.loss)}`,
        );
      }
      case 'study.end':
        return line(`${countCells(view, 'complete', 'reused')} of ${view.cells.length} complete`);
    }
  }

  return {
    tell,
    preparing: ({ task, done, total }) => {
      if (done === 0 || done >= total) line(`${task} ${formatCount(done)}/${formatCount(total)}`);
    },
    note: line,
    close: () => Promise.resolve(),
  };
}

function nameOf(cell: CellView | undefined): string {
  return cell === undefined ? 'run' : `${cell.row}, seed ${cell.seed}`;
}

function stateLine(cell: CellView, view: StudyView, folder: string | undefined): string {
  const { result, state, startedAt, endedAt } = cell;
  const value =
    result === undefined ? '' : `: ${result.key.replaceAll('.', ' ')} ${formatMetric(result.value, result.unit)}`;
  const count = isOver(state) ? `[${view.cells.filter((it) => isOver(it.state)).length}/${view.cells.length}] ` : '';
  const spent = startedAt === undefined || endedAt === undefined ? '' : ` in ${formatDuration(endedAt - startedAt)}`;
  const place = folder === undefined ? '' : `  ${folder}`;
  switch (state) {
    case 'running':
      return `${nameOf(cell)}: begins`;
    case 'elsewhere':
      return `${nameOf(cell)}: another process is at it${place}`;
    case 'reused':
      return `${count}${nameOf(cell)}: complete before${value}${place}`;
    case 'complete':
      return `${count}${nameOf(cell)}: complete${spent}${value}${place}`;
    case 'failed':
      return `${count}${nameOf(cell)}: failed: ${(cell.message ?? 'for a reason that is not known').split('\n')[0]}`;
    case 'interrupted':
      return `${count}${nameOf(cell)}: interrupted${spent}${place}`;
    case 'waiting':
      return `${nameOf(cell)}: waits`;
  }
}
