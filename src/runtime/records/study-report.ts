/** The report of a study: every variant on one HTML page that needs nothing besides itself. What was claimed comes first. */
import { escapeMarkup } from './figures/escape-markup.ts';
import { figureElement } from './figures/figure-element.ts';
import { runSeries } from './figures/run-series.ts';
import { studyFigures } from './figures/study-figures.ts';
import type { JudgedClaim, Verdict } from './judge-claim.ts';
import { countVerdicts, linkWords } from './render-claims.ts';
import { sourceElement } from './report.ts';
import { reportFacts } from './report-facts.ts';
import { reportPlan } from './report-plan.ts';
import { certificate } from './report-results.ts';
import { reportStyle } from './report-style.ts';
import type { RunRecordView } from './report-view.ts';
import { formatSpread, spreadOf, type Study } from './study.ts';

export interface StudyReportView {
  readonly name: string;
  readonly title: string;
  /** Nothing where no run is complete. */
  readonly study: Study | undefined;
  readonly claims: readonly JudgedClaim[];
  /** Every cell, in order; `run` where there is a folder. */
  readonly cells: readonly StudyReportCell[];
  /** What each row changes, as text. */
  readonly differences: readonly { readonly row: string; readonly text: string }[];
  readonly experiment: string;
}

export interface StudyReportCell {
  readonly row: string;
  readonly seed: number;
  readonly status: 'complete' | 'interrupted' | 'failed' | 'missing';
  readonly message?: string;
  readonly run?: RunRecordView;
}

export function renderStudyReport(view: StudyReportView): string {
  const parts = [
    header(view),
    claims(view.claims),
    table(view),
    unfinished(view.cells),
    curves(view),
    figuresOfRows(view),
    ofFull(view),
    differences(view.differences),
    sourceElement(view.experiment),
  ];
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:">
<title>${escapeMarkup(`${view.name} · study`)}</title>
<style>${reportStyle}</style>
</head>
<body>
<main>
${parts.filter((it) => it !== '').join('\n')}
</main>
</body>
</html>
`;
}

function header({ name, title, study, cells, claims: judged }: StudyReportView): string {
  const complete = cells.filter((it) => it.status === 'complete').length;
  const rows = new Set(cells.map((it) => it.row)).size;
  const seeds = new Set(cells.map((it) => it.seed)).size;
  const facts = [
    `<code>${escapeMarkup(name)}</code>`,
    `${rows} ${rows === 1 ? 'row' : 'rows'} × ${seeds} ${seeds === 1 ? 'seed' : 'seeds'}`,
    `<span class="status ${complete === cells.length ? 'complete' : 'interrupted'}">${complete} of ${cells.length} runs complete</span>`,
    ...(judged.length === 0 ? [] : [escapeMarkup(`claims: ${countVerdicts(judged)}`)]),
    ...(study === undefined ? [] : [escapeMarkup(study.engine), `${escapeMarkup(study.made.slice(0, 16).replace('T', ' '))} UTC`]), // prettier-ignore
  ];
  return `<header>
<h1>${escapeMarkup(title === '' ? name : title)}</h1>
<p class="soft">${facts.join(' · ')}</p>
</header>`;
}

const marks: Readonly<Record<Verdict, string>> = { holds: '✔', fails: '✘', unsure: '?' };

function claims(judged: readonly JudgedClaim[]): string {
  if (judged.length === 0) return '';
  const items = judged.map(({ verdict, claim, links }) => {
    const several = links.length > 1;
    const numbers = links.map((link) => {
      const which = several ? `<strong>${link.verdict}</strong> ` : '';
      return `<div class="numbers">${which}${escapeMarkup(linkWords(link))}</div>`;
    });
    return `<li><span class="verdict ${verdict}">${marks[verdict]} ${verdict}</span><code>${escapeMarkup(claim)}</code>${numbers.join('')}</li>`;
  });
  return `<h2>Claims</h2>
<p class="soft">The sides are paired by seed. <code>&lt;</code> holds where the mean difference exceeds two of its standard errors, fails where it does so the other way, and is unsure between.</p>
<ul class="claims">
${items.join('\n')}
</ul>`;
}

function table({ study }: StudyReportView): string {
  if (study === undefined) return '<h2>Results</h2>\n<p class="soft">No run is complete yet.</p>';
  const { metrics, rows, baselines = [], kept = [] } = study;
  const heads = metrics.map(
    ({ key, unit }) =>
      `<th class="number">${escapeMarkup(key)}${unit === undefined ? '' : ` [${escapeMarkup(unit)}]`}</th>`,
  );
  const means = metrics.map(({ key }) => rows.map(({ runs }) => spreadOf(runs.map((run) => run.values[key]))?.mean));
  const best = metrics.map(({ direction }, column) => {
    const known = (means[column] ?? []).filter((it) => it !== undefined);
    if (direction === undefined || known.length < 2) return undefined;
    return direction === 'max' ? Math.max(...known) : Math.min(...known);
  });
  const lines = rows.map(({ row, runs }) => {
    const cells = metrics.map(({ key }, column) => {
      const spread = spreadOf(runs.map((run) => run.values[key]));
      const text = formatSpread(spread);
      const isBest = spread !== undefined && spread.mean === best[column];
      return `<td class="number">${isBest ? `<strong>${text}</strong>` : text}</td>`;
    });
    return `<tr${row === 'full' ? ' class="main"' : ''}><td>${escapeMarkup(row)}</td>${cells.join('')}</tr>`;
  });
  const under = baselines.map(
    (baseline) =>
      `<tr class="under"><td>${escapeMarkup(baseline.label)}</td>${metrics.map(({ key }) => `<td class="number">${key === baseline.metric ? formatSpread({ mean: baseline.value, deviation: undefined, count: 1 }).replace(/ \(1\)$/, '') : ''}</td>`).join('')}</tr>`,
  );
  const sweeps = kept.map(
    ({ sweep, row, metric, direction, value }) =>
      `<p>Sweep <code>${escapeMarkup(sweep)}</code> keeps <strong>${escapeMarkup(row)}</strong>: ${direction} ${escapeMarkup(metric)} ${value.toPrecision(4)}.</p>`,
  );
  return `<h2>Results</h2>
<p class="soft">Mean ± standard deviation (number of seeds).</p>
<div class="scroll"><table>
<thead><tr><th>row</th>${heads.join('')}</tr></thead>
<tbody>
${[...lines, ...under].join('\n')}
</tbody>
</table></div>
${sweeps.join('\n')}`;
}

function unfinished(cells: readonly StudyReportCell[]): string {
  const left = cells.filter((it) => it.status !== 'complete');
  if (left.length === 0) return '';
  const rows = left.map(
    ({ row, seed, status, message }) =>
      `<tr><td>${escapeMarkup(row)}</td><td class="number">${seed}</td><td class="status ${status}">${status}</td><td>${escapeMarkup(message ?? '')}</td></tr>`,
  );
  return `<h2>Runs that are not complete</h2>
<table><thead><tr><th>row</th><th class="number">seed</th><th>state</th><th></th></tr></thead><tbody>
${rows.join('\n')}
</tbody></table>`;
}

/** The complete runs, row by row. */
function byRow(
  cells: readonly StudyReportCell[],
): readonly { readonly row: string; readonly runs: readonly RunRecordView[] }[] {
  // prettier-ignore
  const rows = new Map<string, RunRecordView[]>();
  for (const { row, run, status } of cells) {
    if (run === undefined || status !== 'complete') continue;
    rows.set(row, [...(rows.get(row) ?? []), run]);
  }
  return [...rows].map(([row, runs]) => ({ row, runs }));
}

function curves({ cells, study }: StudyReportView): string {
  const rows = byRow(cells).map(({ row, runs }) => ({ row, runs: runs.map((run) => runSeries(run.events)) }));
  const figures = studyFigures(rows, study);
  if (figures.length === 0) return '';
  const several = rows.some((it) => it.runs.length > 1);
  const note = several ? '<p class="soft">Lines are means over the seeds, bands one standard deviation to both sides. A row keeps its colour, dash and mark.</p>\n' : ''; // prettier-ignore
  return `<h2>Curves</h2>\n${note}<div class="grid">\n${figures.map(figureElement).join('\n')}\n</div>`;
}

/** The figures that the experiment declares: of each row the first seed, side by side. */
function figuresOfRows({ cells }: StudyReportView): string {
  const rows = byRow(cells).flatMap(({ row, runs: [run] }) =>
    run === undefined ? [] : [{ row, figures: run.figures }],
  );
  const titles = [...new Set(rows.flatMap((it) => it.figures.map((figure) => figure.title)))];
  if (titles.length === 0) return '';
  const blocks = titles.map((title) => {
    const found = rows.flatMap(({ row, figures }) =>
      figures.filter((figure) => figure.title === title).map((figure) => ({ row, figure })),
    );
    const isWide = found.some(({ figure }) => Number(/ width="(\d+)"/.exec(figure.svg)?.[1] ?? 0) > 420);
    const beside = found.map(({ row, figure }) => figureElement({ ...figure, title: row }).replace(' style="grid-column: 1 / -1"', '')); // prettier-ignore
    return `<section><h3>${escapeMarkup(title)}</h3>\n<div class="beside${isWide ? ' wide' : ''}">\n${beside.join('\n')}\n</div></section>`;
  });
  return `<h2>Figures of each row</h2>\n<p class="soft">Of the first seed.</p>\n${blocks.join('\n')}`;
}

/** What the experiment as it stands trains, and what was proved of each of its runs. */
function ofFull({ cells }: StudyReportView): string {
  const runs = cells.filter((it) => it.row === 'full' && it.status === 'complete').flatMap((it) => it.run ?? []);
  const [run] = runs;
  if (run === undefined) return '';
  const proofs = runs.flatMap(({ events, record }) => {
    const proof = events.findLast((it) => it.event === 'certificate');
    return proof === undefined ? [] : [{ seed: record.seed, proof }];
  });
  const isProved = proofs.every(({ proof }) => proof.verified === proof.frozen && proof.moved === proof.trained);
  const seeds = proofs.map(({ seed }) => seed).join(', ');
  const many = proofs.length > 1 ? `<p class="soft">${isProved ? `The same was proved for each of the seeds ${seeds}.` : `It was not proved for each of the seeds ${seeds}.`}</p>` : ''; // prettier-ignore
  return `<h2>Certificate of full</h2>\n${certificate(run)}\n${many}\n${reportPlan(run).replace('<h2>Plan</h2>', '<h2>Plan of full</h2>')}\n${reportFacts(run)}`;
}

function differences(rows: StudyReportView['differences']): string {
  if (rows.length === 0) return '';
  const blocks = rows.map(
    ({ row, text }) => `<h3>${escapeMarkup(row)}</h3>\n<pre class="plain">${escapeMarkup(text.trimEnd())}</pre>`,
  );
  return `<h2>What each row changes</h2>\n<p class="soft">In what it means, against <code>full</code>.</p>\n${blocks.join('\n')}`;
}
