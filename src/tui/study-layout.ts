import { margin, type Size } from './layout.ts';
import type { CellView, StudyView } from './study-view.ts';

export interface StudyLayout {
  /** Cells between the margins. */
  readonly width: number;
  readonly gaps: boolean;
  readonly task: boolean;
  readonly note: boolean;
  readonly header: boolean;
  /** Indices of the cells that are shown, in order, and how many are not. */
  readonly shown: readonly number[];
  readonly hidden: number;
  readonly height: number;
}

/** A study has at most so many columns: longer lines read badly. */
const widest = 110;

/** What matters most when not all cells fit: what runs, what failed, then the latest to end, then what comes next. */
const ranks: Readonly<Record<CellView['state'], number>> = {
  running: 0,
  failed: 1,
  interrupted: 2,
  elsewhere: 3,
  complete: 4,
  reused: 6,
  waiting: 5,
};

/** A frame of at most `rows - 1` rows: one as tall as the terminal would wipe the scrollback. */
export function planStudyLayout(view: StudyView, size: Size): StudyLayout {
  const budget = Math.max(1, size.rows - 1);
  const width = Math.max(10, Math.min(widest, size.columns) - 2 * margin);
  const task = view.task !== undefined && budget > 2;
  const note = view.note !== undefined && budget > 3;
  // title and bar
  let used = 1 + (budget > 1 && view.cells.length > 0 ? 1 : 0) + (task ? 1 : 0) + (note ? 1 : 0);
  const header = view.cells.length > 0 && budget - used > 3;
  if (header) used += 1;
  const room = Math.max(0, budget - used);
  const isWhole = view.cells.length <= room;
  const count = isWhole ? view.cells.length : Math.max(0, room - 1);
  const shown = view.cells
    .map((cell, index) => ({ index, rank: ranks[cell.state], at: cell.endedAt ?? 0 }))
    .sort((a, b) => a.rank - b.rank || b.at - a.at || a.index - b.index)
    .slice(0, count)
    .map((it) => it.index)
    .sort((a, b) => a - b);
  const hidden = view.cells.length - shown.length;
  const rows = used + shown.length + (hidden > 0 && room > 0 ? 1 : 0);
  const gaps = view.cells.length > 0 && rows + 1 <= budget;
  return { width, gaps, task, note, header, shown, hidden, height: rows + (gaps ? 1 : 0) };
}
