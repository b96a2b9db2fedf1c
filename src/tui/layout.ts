import type { RunView } from './run-view.ts';

export interface Size {
  readonly columns: number;
  readonly rows: number;
}

/** What of the view is shown at a size, and how many rows each part takes. The sum never passes `rows - 1`. */
export interface Layout {
  /** Cells between the margins. */
  readonly width: number;
  readonly gaps: boolean;
  readonly title: boolean;
  readonly stepBar: boolean;
  readonly epochBar: boolean;
  readonly taskRows: number;
  readonly lossHeader: boolean;
  readonly lossTotal: boolean;
  readonly termRows: number;
  readonly metricHeader: boolean;
  readonly metricRows: number;
  readonly warningRows: number;
  readonly facts: boolean;
  readonly cache: boolean;
  readonly place: boolean;
  readonly endRows: number;
  readonly height: number;
}

/** Room on both sides. */
export const margin = 1;
const widest = 140;

type Part = Exclude<keyof Layout, 'width' | 'gaps' | 'height'>;

/**
 * Gives the rows of a small terminal to what matters most: how far, how good, what is wrong; then comfort.
 * A frame as tall as the terminal would make Ink wipe the user's scrollback, hence `rows - 1`.
 */
export function planLayout(view: RunView, size: Size): Layout {
  const budget = Math.max(1, size.rows - 1);
  const given = new Map<Part, number>();
  let used = 1;
  for (const [part, rows] of wishes(view)) {
    const granted = Math.min(rows, budget - used);
    given.set(part, granted);
    used += granted;
  }
  const rows = (part: Part) => given.get(part) ?? 0;
  const separators = blocks(rows).filter((it) => it > 0).length;
  const gaps = used + separators <= budget;
  return {
    width: Math.max(10, Math.min(widest, size.columns) - 2 * margin),
    gaps,
    title: rows('title') > 0,
    stepBar: rows('stepBar') > 0,
    epochBar: rows('epochBar') > 0,
    taskRows: rows('taskRows'),
    lossHeader: rows('lossHeader') > 0,
    lossTotal: rows('lossTotal') > 0,
    termRows: rows('termRows'),
    metricHeader: rows('metricHeader') > 0,
    metricRows: rows('metricRows'),
    warningRows: rows('warningRows'),
    facts: rows('facts') > 0,
    cache: rows('cache') > 0,
    place: rows('place') > 0,
    endRows: rows('endRows'),
    height: used + (gaps ? separators : 0),
  };
}

/** Rows of each block that a gap goes before: progress, losses, metrics, facts, ending. */
function blocks(rows: (part: Part) => number): readonly number[] {
  return [
    rows('stepBar') + rows('epochBar') + rows('taskRows'),
    rows('lossHeader') + rows('lossTotal') + rows('termRows'),
    rows('metricHeader') + rows('metricRows'),
    rows('facts') + rows('cache') + rows('warningRows') + rows('place'),
    rows('endRows'),
  ];
}

/** Rows that each part would like, the most important part first. */
function wishes(view: RunView): readonly (readonly [Part, number])[] {
  const { stage, end } = view;
  const stepping = stage !== undefined && stage.step > 0;
  const several = (stage?.terms.length ?? 0) > 1;
  return [
    ['endRows', end === undefined ? 0 : endRows(view)],
    ['stepBar', stage !== undefined && end === undefined ? 1 : 0],
    ['lossTotal', stepping ? 1 : 0],
    ['taskRows', Math.min(2, view.tasks.length)],
    ['metricRows', Math.min(4, view.metrics.length)],
    ['termRows', stepping && several ? (stage?.terms.length ?? 0) : 0],
    ['warningRows', Math.min(2, view.warnings.length)],
    ['epochBar', stage !== undefined && stage.plan.epochs > 1 && end === undefined ? 1 : 0],
    ['facts', stage === undefined ? 0 : 1],
    ['lossHeader', stepping ? 1 : 0],
    ['metricHeader', view.metrics.length > 0 ? 1 : 0],
    ['cache', view.cache === undefined && (stage?.plan.cached.length ?? 0) === 0 ? 0 : 1],
    ['place', view.header !== undefined && end === undefined ? 1 : 0],
    ['title', view.header === undefined ? 0 : 1],
  ];
}

/** Status, then what there is of message, certificate, folder, report and resumption. */
function endRows(view: RunView): number {
  const { end, header, certificate } = view;
  const complete = end?.status === 'complete';
  return [true, end?.message, certificate, header, complete && header, end?.resume].filter(Boolean).length;
}

/** Which columns the tables have at a width. */
export interface TableColumns {
  readonly name: number;
  readonly weighted: boolean;
  readonly shareBar: number;
  readonly sparkline: number;
  /** The formula of a term, where there is room to read it. */
  readonly formula: number;
}

export const numberWidth = 11;
export const shareWidth = 8;
/** `7.42 deg`, and the best with its step. */
export const metricWidth = 13;
export const bestWidth = 22;

export function lossColumns(width: number, names: readonly string[]): TableColumns {
  const name = nameWidth(width, names);
  const weighted = width >= 60;
  const shareBar = width >= 66 ? (width >= 100 ? 12 : 8) : 0;
  let left = width - name - numberWidth - shareWidth - (weighted ? numberWidth : 0) - (shareBar > 0 ? shareBar + 1 : 0);
  const formula = width >= 110 ? Math.min(40, left - 34) : 0;
  if (formula > 0) left -= formula + 2;
  const sparkline = left >= 10 ? Math.min(48, left - 2) : 0;
  return { name, weighted, shareBar, sparkline, formula };
}

export function metricColumns(
  width: number,
  names: readonly string[],
): { name: number; best: boolean; sparkline: number } {
  const name = nameWidth(width, names);
  const best = width >= name + metricWidth + bestWidth;
  const left = width - name - metricWidth - (best ? bestWidth : 0);
  return { name, best, sparkline: left >= 10 ? Math.min(48, left - 2) : 0 };
}

function nameWidth(width: number, names: readonly string[]): number {
  const longest = Math.max(6, ...names.map((it) => Array.from(it).length));
  return Math.min(longest + 2, Math.max(8, Math.floor(width / 3)));
}
