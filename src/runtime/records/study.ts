/**
 * The committed result of a whole study: rows × seeds, in `study.json` beside the experiment (schema `schemas/study.json`).
 * Each row carries the digests of the program that made it, so that a table never passes for that of another file.
 */
import type { ProgramDigests } from '../../compiler/program/program.ts';

export interface Study {
  readonly schema: 'clipx.study/1';
  readonly experiment: string;
  /** clipx and engine that made it. */
  readonly clipx: string;
  readonly engine: string;
  /** ISO 8601 date of the last run. */
  readonly made: string;
  readonly metrics: readonly StudyMetric[];
  readonly rows: readonly StudyRow[];
  /** The point of each sweep that says what to keep: the best by the mean over its seeds. */
  readonly kept?: readonly StudyKept[];
  /** What needs no training: predicting the mean, chance. */
  readonly baselines?: readonly StudyBaseline[];
}

export interface StudyMetric {
  /** `target.error`: evaluation or data, then name. Keys of `values` below. */
  readonly key: string;
  readonly unit?: string;
  readonly direction?: 'min' | 'max';
}

export interface StudyRow {
  readonly row: string;
  readonly digests: ProgramDigests;
  readonly runs: readonly StudyRun[];
}

interface StudyRun {
  readonly seed: number;
  readonly values: Readonly<Record<string, number | null>>;
}

export interface StudyKept {
  readonly sweep: string;
  readonly row: string;
  /** A key of `metrics`. */
  readonly metric: string;
  readonly direction: 'min' | 'max';
  readonly value: number;
}

export interface StudyBaseline {
  readonly metric: string;
  readonly label: string;
  readonly value: number;
}

/** Mean, sample deviation (over n − 1) and number of the runs that have a value. */
export interface Spread {
  readonly mean: number;
  /** Absent for fewer than two. */
  readonly deviation: number | undefined;
  readonly count: number;
}

export function spreadOf(values: readonly (number | null | undefined)[]): Spread | undefined {
  const known = values.filter((it) => it !== null && it !== undefined);
  if (known.length === 0) return undefined;
  const mean = known.reduce((sum, it) => sum + it, 0) / known.length;
  const squares = known.reduce((sum, it) => sum + (it - mean) ** 2, 0);
  return {
    mean,
    deviation: known.length < 2 ? undefined : Math.sqrt(squares / (known.length - 1)),
    count: known.length,
  };
}

/** `7.12 ± 0.15 (3)`: two digits of the deviation decide how many of the mean are worth printing. */
export function formatSpread(spread: Spread | undefined): string {
  if (spread === undefined) return '–';
  const { mean, deviation, count } = spread;
  const decimals = digitsAfterPoint(deviation ?? 0, mean);
  const words = (value: number): string => {
    const text = value.toFixed(decimals);
    // what is not 0 does not read as 0
    return value !== 0 && Number(text) === 0 && decimals === mostDecimals ? value.toExponential(1) : text;
  };
  return `${words(mean)}${deviation === undefined ? '' : ` ± ${words(deviation)}`} (${count})`;
}

const mostDecimals = 6;

function digitsAfterPoint(deviation: number, mean: number): number {
  const reference = deviation > 0 ? deviation / 10 : Math.abs(mean) / 1000;
  if (reference === 0) return 2;
  return Math.min(mostDecimals, Math.max(0, -Math.floor(Math.log10(reference))));
}

/** What a row's digests say about its numbers today. `gone`: the file has no such row any more. */
export type RowAge = 'current' | 'stale' | 'not comparable' | 'gone' | 'unknown';

/**
 * Compares a row with the program as it is now. Another protocol digest means other data or metrics: the numbers
 * are not to be held against today's. The same protocol but another program: they are of an older version.
 */
export function rowAge(row: StudyRow, now: Readonly<Record<string, ProgramDigests>> | undefined): RowAge {
  if (now === undefined) return 'unknown';
  const today = now[row.row];
  if (today === undefined) return 'gone';
  if (today.protocol !== row.digests.protocol) return 'not comparable';
  return today.semantic === row.digests.semantic ? 'current' : 'stale';
}

export interface StudyTableOptions {
  readonly format: 'text' | 'markdown';
  /** Digests of each row's program as the file is now; without it nothing is said about age. */
  readonly now?: Readonly<Record<string, ProgramDigests>>;
}

/** Rows × metrics, mean ± sd (n) over the seeds; rows whose program has changed since are marked and explained. */
export function renderStudyTable(study: Study, options: StudyTableOptions): string {
  const heads = ['row', ...study.metrics.map((it) => (it.unit === undefined ? it.key : `${it.key} [${it.unit}]`))];
  const ages = study.rows.map((row) => rowAge(row, options.now));
  const rows = study.rows.map((row, index) => [
    `${row.row}${marks[ages[index] ?? 'unknown']}`,
    ...study.metrics.map(({ key }) => formatSpread(spreadOf(row.runs.map((run) => run.values[key])))),
  ]);
  const baselines = (study.baselines ?? []).map((baseline) => [
    baseline.label,
    ...study.metrics.map(({ key }) => (key === baseline.metric ? formatSpread({ mean: baseline.value, deviation: undefined, count: 1 }).replace(/ \(1\)$/, '') : '')), // prettier-ignore
  ]);
  const table = (options.format === 'markdown' ? markdownTable : textTable)(heads, [...rows, ...baselines]);
  const notes = (Object.keys(explanations) as RowAge[])
    .filter((age) => ages.includes(age))
    .map((age) => explanations[age]);
  return [table, ...notes.map((note) => `${note}\n`)].join(
    options.format === 'markdown' && notes.length > 0 ? '\n' : '',
  );
}

const marks: Readonly<Record<RowAge, string>> = {
  current: '',
  unknown: '',
  stale: ' *',
  'not comparable': ' **',
  gone: ' †',
};

const explanations: Readonly<Partial<Record<RowAge, string>>> = {
  stale: '* stale: the experiment has changed since (its semantic digest no longer matches)',
  'not comparable':
    '** not comparable: data, split, prompts or metrics have changed since (the protocol digest no longer matches)',
  gone: '† the experiment has no such row any more',
};

function textTable(heads: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = heads.map((head, column) => Math.max(...[head, ...rows.map((row) => row[column] ?? '')].map(length)));
  const line = (cells: readonly string[]) =>
    cells
      .map((text, column) => (column === 0 ? text + pad(text, widths[0] ?? 0) : pad(text, widths[column] ?? 0) + text))
      .join('   ')
      .trimEnd();
  return [heads, ...rows].map((row) => `${line(row)}\n`).join('');
}

function markdownTable(heads: readonly string[], rows: readonly (readonly string[])[]): string {
  const rule = heads.map((_, column) => (column === 0 ? '---' : '---:'));
  return [heads, rule, ...rows].map(markdownLine).join('');
}

function markdownLine(cells: readonly string[]): string {
  return `| ${cells.map((it) => it.replaceAll('|', '\\|')).join(' | ')} |\n`;
}

function length(text: string): number {
  return Array.from(text).length;
}

function pad(text: string, width: number): string {
  return ' '.repeat(Math.max(0, width - length(text)));
}
