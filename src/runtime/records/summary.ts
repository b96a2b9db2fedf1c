import type { ProgramDigests } from '../../compiler/program/program.ts';
import type { EvaluationResult } from '../checkpoint.ts';
import { metricKey, metricTitle } from './metric-key.ts';
import { formatComparison, formatCount, formatDuration, formatElements, formatMetric } from './report-format.ts';
import { renderStudyTable, type Study, type StudyBaseline } from './study.ts';

export interface SummaryInput {
  readonly name: string;
  readonly row: string;
  /** On random data. */
  readonly random?: true;
  readonly seed: number;
  readonly status: 'complete' | 'interrupted' | 'failed';
  readonly steps: number;
  /** Milliseconds, where known. */
  readonly ms?: number;
  readonly results: readonly EvaluationResult[];
  readonly baselines: readonly StudyBaseline[];
  readonly certificate?: {
    readonly frozen: number;
    readonly verified: number;
    readonly trained: number;
    readonly moved: number;
  };
  /** The committed study of the whole experiment, and the digests of its rows as the file is now. */
  readonly study?: {
    readonly table: Study;
    readonly path: string;
    readonly now?: Readonly<Record<string, ProgramDigests>>;
  };
  readonly folder?: string;
  readonly report?: string;
  readonly figures?: string;
  readonly resume?: string;
  readonly error?: { readonly code: string; readonly message: string; readonly help?: string };
}

/** Said wherever such a run is told of. */
export const randomDataWords = 'RANDOM DATA, a small model: the file runs, and the numbers mean nothing';

/** What stands on stdout after a run: the result next to what it is to be held against, and where the rest is. */
export function renderSummary(input: SummaryInput): string {
  const time = input.ms === undefined ? '' : ` in ${formatDuration(input.ms)}`;
  const blocks: string[][] = [
    [
      `${input.name}, row ${input.row}, seed ${input.seed}: ${input.status} after ${formatCount(input.steps)} steps${time}`,
      ...(input.random === true ? [randomDataWords] : []),
    ],
    resultLines(input),
    studyLines(input),
    closingLines(input),
  ];
  return `${blocks
    .filter((it) => it.length > 0)
    .map((it) => it.join('\n'))
    .join('\n\n')}\n`;
}

function resultLines({ results, baselines }: SummaryInput): string[] {
  const rows: { readonly label: string; readonly value: string; readonly note: string }[] = [];
  for (const result of results) {
    for (const metric of result.metrics) {
      const place = { ...result, name: metric.name };
      const known = (metric.values ?? []).filter((it) => it !== null);
      const value = metric.value ?? (known.length === 0 ? null : known.reduce((sum, it) => sum + it, 0) / known.length);
      const marks = [...(result.best ? ['best checkpoint'] : []), ...(result.mark === undefined ? [] : [result.mark])];
      const mean = metric.value === null && known.length > 0 ? `mean of ${known.length}, ` : '';
      // a metric of metrics has no samples of its own
      const detail = [
        ...(result.samples === 0
          ? []
          : [`${formatCount(result.samples)} samples${formatElements(metric.count, result.samples)}`]),
        ...marks,
      ].join(', ');
      rows.push({ label: metricTitle(place), value: formatMetric(value, metric.unit), note: `${mean}${detail}` });
      for (const baseline of baselines.filter((it) => it.metric === metricKey(place))) {
        const change = metric.value === null ? '' : formatComparison(metric.value, baseline.value);
        rows.push({ label: `  ${baseline.label}`, value: formatMetric(baseline.value, metric.unit), note: change });
      }
    }
  }
  const label = Math.max(0, ...rows.map((it) => Array.from(it.label).length));
  const value = Math.max(0, ...rows.map((it) => Array.from(it.value).length));
  return rows.map((row) => `${row.label.padEnd(label)}   ${row.value.padStart(value)}   ${row.note}`.trimEnd());
}

function studyLines({ study }: SummaryInput): string[] {
  if (study === undefined) return [];
  const table = renderStudyTable(study.table, { format: 'text', ...(study.now !== undefined && { now: study.now }) });
  return [
    `the whole study, mean ± sd (seeds), from ${study.path} of ${study.table.made.slice(0, 10)}`,
    ...table
      .trimEnd()
      .split('\n')
      .map((line) => `  ${line}`),
  ];
}

function closingLines(input: SummaryInput): string[] {
  const { certificate, error } = input;
  const places: readonly (readonly [string, string | undefined])[] = [
    ['run folder', input.folder],
    ['report', input.report],
    ['figures', input.figures],
    ['resume', input.resume],
  ];
  return [
    ...(certificate === undefined
      ? []
      : [
          `frozen: verified ${certificate.verified}/${certificate.frozen}, trained: moved ${certificate.moved}/${certificate.trained}`,
        ]),
    ...(error === undefined ? [] : [`error[${error.code}]: ${error.message}`]),
    ...(error?.help === undefined ? [] : [`  help: ${error.help}`]),
    ...places.flatMap(([label, place]) => (place === undefined ? [] : [`${label.padEnd(11)} ${place}`])),
  ];
}
