import type { EvaluationResult } from '../checkpoint.ts';
import type { MetricValue } from '../events.ts';
import { escapeMarkup } from './figures/escape-markup.ts';
import { metricKey, metricTitle } from './metric-key.ts';
import { formatComparison, formatCount, formatDuration, formatElements, formatMetric } from './report-format.ts';
import type { RunRecordView } from './report-view.ts';
import { formatSpread, rowAge, spreadOf, type RowAge, type Study } from './study.ts';

/** What was measured, what it stands against, and what was proved. */
export function reportResults(run: RunRecordView): string {
  return [results(run), certificate(run), run.study === undefined ? '' : study(run, run.study)]
    .filter((it) => it !== '')
    .join('\n');
}

function results(run: RunRecordView): string {
  const rows = finalResults(run).flatMap((result) => result.metrics.map((metric) => metricRows(run, result, metric)));
  if (rows.length === 0) return '<h2>Result</h2>\n<p class="soft">Nothing has been evaluated yet.</p>';
  return `<h2>Result</h2>
<table>
<thead><tr><th>metric</th><th class="number">value</th><th class="number">samples</th><th class="number">at step</th></tr></thead>
<tbody>
${rows.join('\n')}
</tbody>
</table>`;
}

/** Those of `metrics.json`; where there are none, the last ones that the events tell. */
function finalResults(run: RunRecordView): readonly EvaluationResult[] {
  if (run.results.length > 0) return run.results;
  const last = new Map<string, EvaluationResult>();
  for (const event of run.events) {
    if (event.event === 'eval') last.set(`${event.stage}\n${event.evaluation}\n${event.data}`, event);
  }
  return [...last.values()];
}

function metricRows(run: RunRecordView, result: EvaluationResult, metric: MetricValue): string {
  const place = { ...result, name: metric.name };
  const values = (metric.values ?? []).filter((it) => it !== null);
  const mean = values.length === 0 ? null : values.reduce((sum, it) => sum + it, 0) / values.length;
  const value = metric.value ?? mean;
  const note = metric.value === null && values.length > 0 ? ` <small>(mean of ${values.length})</small>` : '';
  const best = result.best ? ' <small>(best)</small>' : '';
  const rows = [
    `<tr class="main"><td>${escapeMarkup(metricTitle(place))}${note}</td><td class="number">${formatMetric(value, metric.unit)}${best}</td>` +
      `<td class="number">${formatCount(result.samples)}${elements(result, metric)}</td><td class="number">${formatCount(result.step)}</td></tr>`,
  ];
  for (const baseline of run.baselines.filter((it) => it.metric === metricKey(place))) {
    const change = value === null ? '' : `<small>${formatComparison(value, baseline.value)}</small>`;
    rows.push(
      `<tr class="under"><td>${escapeMarkup(baseline.label)}</td><td class="number">${formatMetric(baseline.value, metric.unit)}</td>` +
        `<td colspan="2" class="number">${change}</td></tr>`,
    );
  }
  return rows.join('\n');
}

/** How many elements the metric averaged, where these are not the samples. */
function elements({ samples }: EvaluationResult, { count }: MetricValue): string {
  const words = formatElements(count, samples);
  return words === '' ? '' : ` <small>(${words.trim()})</small>`;
}

/** What was proved of the run. */
export function certificate({ events }: Pick<RunRecordView, 'events'>): string {
  const proof = events.findLast((it) => it.event === 'certificate');
  const end = events.findLast((it) => it.event === 'run.end');
  const spent = end === undefined ? '' : `<span>${formatCount(end.steps)} steps in ${formatDuration(end.ms)}, peak ${formatCount(end.peakMiB)} MiB</span>`; // prettier-ignore
  if (proof === undefined) return spent === '' ? '' : `<p class="soft">${spent}</p>`;
  const holds = proof.verified === proof.frozen && proof.moved === proof.trained;
  return `<div class="proof${holds ? '' : ' bad'}" role="note">
<span>frozen: <strong>verified ${proof.verified}/${proof.frozen}</strong></span>
<span>trained: <strong>moved ${proof.moved}/${proof.trained}</strong></span>
${spent}
</div>
<p class="soft">Digests of every frozen tensor and buffer were taken before the first and after the last step and compared.</p>`;
}

const remarks: Readonly<Record<RowAge, string>> = {
  current: '',
  unknown: '',
  stale: 'stale: the experiment has changed since',
  'not comparable': 'not comparable: data, split, prompts or metrics have changed since',
  gone: 'no such row in the experiment any more',
};

function study(run: RunRecordView, { table, path, now }: NonNullable<RunRecordView['study']>): string {
  const seeds = Math.max(0, ...table.rows.map((it) => it.runs.length));
  const heads = table.metrics.map(
    (it) =>
      `<th class="number">${escapeMarkup(it.key)}${it.unit === undefined ? '' : ` [${escapeMarkup(it.unit)}]`}</th>`,
  );
  const rows = table.rows.map((row) => {
    const remark = remarks[rowAge(row, now)];
    return `<tr${row.row === run.record.row ? ' class="main"' : ''}><td>${escapeMarkup(row.row)}${remark === '' ? '' : ` <small>${remark}</small>`}</td>${cells(table, row)}</tr>`;
  });
  return `<h2>The whole study</h2>
<p class="soft">Mean ± standard deviation (number) over up to ${seeds} seeds, from <code>${escapeMarkup(path)}</code>, made ${escapeMarkup(table.made.slice(0, 10))} with ${escapeMarkup(table.engine)}.</p>
<div class="scroll"><table>
<thead><tr><th>row</th>${heads.join('')}</tr></thead>
<tbody>
${rows.join('\n')}
</tbody>
</table></div>`;
}

function cells(table: Study, row: Study['rows'][number]): string {
  return table.metrics
    .map(({ key }) => `<td class="number">${formatSpread(spreadOf(row.runs.map((it) => it.values[key])))}</td>`)
    .join('');
}
