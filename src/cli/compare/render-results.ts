import type { DifferenceVerdict, JudgedDifference } from '../../runtime/records/comparison/judge-difference.ts';
import type { SideMetric } from '../../runtime/records/comparison/sides.ts';
import { formatSpread } from '../../runtime/records/study.ts';
import { protocolsDiffer, type ComparedMetric, type ComparedSide, type RunsComparison } from './compare-runs.ts';
import { paint, type Ink } from '../paint.ts';

/** A line for each metric and side: its number, how far that is from the baseline, and what that comes to. */
export function resultLines(comparison: RunsComparison, { all, color }: { readonly all: boolean; readonly color: boolean }): string[] {
  const { metrics, others, sides } = comparison;
  if (metrics.length === 0) return ['  nothing has been evaluated yet'];
  const hidden = all || others.length === 0 ? [] : metrics.filter(({ isSame }) => isSame);
  const differing = metrics.filter((metric) => !hidden.includes(metric));
  const shown = all ? differing : differing.filter((metric) => placeAmong(metric, differing) < mostEntries);
  const rows = shown.flatMap((metric) => sides.map(({ label }, at) => rowOf(metric, label, at)));
  const widths = columns.map((column) => Math.max(0, ...rows.map((row) => length(row[column]))));
  const lines = rows.map((row) => {
    const cells = columns.map((column, at) => {
      const blanks = ' '.repeat((widths[at] ?? 0) - length(row[column]));
      const text = column === 'verdict' && row.ink !== undefined ? paint(row[column], row.ink, color) : row[column];
      return column === 'value' || column === 'difference' ? blanks + text : text + blanks;
    });
    return `  ${cells.join('   ')}`.trimEnd();
  });
  const names = [...new Set(hidden.map(titleOf))];
  return [
    ...lines,
    ...furtherEntries(differing, shown),
    ...(names.length === 0 ? [] : [`  the same in all: ${names.join(', ')} (--all)`]),
    ...(shown.length === 0 ? [] : legend(comparison)),
    ...others.flatMap((other) => refusalLines(other, comparison)),
  ];
} // prettier-ignore

/** Of a table of a metric so many entries are shown: there may be a thousand classes. */
const mostEntries = 12;

/** `val.auc` of `val.auc["a hat"]`; nothing for a metric that is one number. */
const tableOf = ({ key, at }: ComparedMetric): string | undefined =>
  key.endsWith('"]') ? `${key.slice(0, key.indexOf('["'))}${at === 'end' ? '' : ', last step'}` : undefined;

/** Which entry of its table it is, 0 for what is none. */
function placeAmong(metric: ComparedMetric, metrics: readonly ComparedMetric[]): number {
  const table = tableOf(metric);
  return table === undefined ? 0 : metrics.filter((it) => tableOf(it) === table).indexOf(metric);
}

function furtherEntries(all: readonly ComparedMetric[], shown: readonly ComparedMetric[]): string[] {
  const tables = [...new Set(all.map(tableOf))].filter((it) => it !== undefined);
  return tables.flatMap((table) => {
    const count = [all, shown].map((metrics) => metrics.filter((it) => tableOf(it) === table).length);
    const more = (count[0] ?? 0) - (count[1] ?? 0);
    return more === 0 ? [] : [`  ${table}: ${more} more ${more === 1 ? 'entry' : 'entries'} (--all)`];
  });
}

interface Row {
  readonly metric: string;
  readonly side: string;
  readonly value: string;
  readonly difference: string;
  readonly verdict: string;
  readonly why: string;
  readonly ink?: Ink;
}

const columns = ['metric', 'side', 'value', 'difference', 'verdict', 'why'] as const;

function rowOf(metric: ComparedMetric, label: string, at: number): Row {
  const words = { min: ', lower is better', max: ', higher is better', unknown: '' };
  const title = at === 0 ? `${titleOf(metric)}${words[metric.direction ?? 'unknown']}` : '';
  const shared = { metric: title, side: label, value: valueWords(metric.values[at]) };
  const judged = at === 0 ? undefined : metric.differences[at - 1];
  if (judged === undefined) return { ...shared, difference: '', verdict: '', why: '' };
  const { verdict, reason } = judged;
  return {
    ...shared,
    difference: differenceWords(judged),
    verdict: verdict ?? 'not ranked',
    // why nothing is ranked is told once, below
    why: verdict === null ? '' : (reason ?? ''),
    ink: verdict === null ? 'yellow' : inks[verdict],
  };
}

const inks: Readonly<Record<DifferenceVerdict, Ink>> = { better: 'green', worse: 'red', same: 'dim', unsure: 'yellow' };

const titleOf = ({ key, at, unit }: ComparedMetric): string =>
  `${key}${unit === undefined || unit === '' ? '' : ` [${unit}]`}${at === 'end' ? '' : ', last step'}`;

/** A number that is missing never reads as one. */
function valueWords(metric: SideMetric | undefined): string {
  if (metric === undefined || metric.values.every(({ value }) => value === undefined)) return 'missing';
  const lacking = metric.values.filter(({ value }) => value === undefined || value === null).length;
  if (metric.spread === undefined) return 'no number';
  return `${formatSpread(metric.spread)}${lacking === 0 ? '' : `, ${lacking} without`}`;
}

/** `+0.51 ± 0.07`: the standard error decides the digits. */
function differenceWords({ difference, standardError, seeds }: JudgedDifference): string {
  if (difference === undefined) return '';
  const words = formatSpread({ mean: difference, deviation: standardError, count: seeds.length }).replace(/ \(\d+\)$/, ''); // prettier-ignore
  return difference > 0 ? `+${words}` : words;
}

function legend({ sides, others, metrics }: RunsComparison): string[] {
  const value = sides.some(({ runs }) => runs.length > 1) ? 'mean ± standard deviation (seeds)' : 'value (seeds)';
  const difference = others.length === 0 ? '' : '; difference ± its standard error, taken seed by seed';
  const isUnknown = others.length > 0 && metrics.some(({ direction, isSame }) => direction === undefined && !isSame);
  return [
    `  ${value}${difference}`,
    ...(metrics.some(({ at }) => at === 'last step') ? ['  last step: on the parameters of the end, not on those that were selected'] : []), // prettier-ignore
    ...(isUnknown ? ['  --better METRIC:lower says which end is better where nothing else does'] : []),
  ];
}

function refusalLines({ side, refusals, meaning }: ComparedSide, { sides, forced }: RunsComparison): string[] {
  const [reason] = refusals;
  if (reason === undefined) return [];
  const both = `${sides[0]?.label ?? ''} and ${side.label}`;
  const protocol = (meaning?.changes ?? []).filter((change) => change.class === 'protocol');
  return [
    forced
      ? `  ${both} are ranked because of --force: ${refusals.join('; ')}`
      : `  ${both} are not ranked: ${refusals.join('; ')} (--force ranks them all the same)`,
    ...protocol.map(({ sentence }) => `    ${sentence}`),
    // a stage that came or went took what it measures with it, which is told as the stage
    ...(protocol.length === 0 && reason === protocolsDiffer ? ['    no single change says how: what each measures, and on which data, stands above'] : []), // prettier-ignore
  ];
}

const length = (text: string): number => Array.from(text).length;
