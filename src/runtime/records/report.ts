import { escapeMarkup } from './figures/escape-markup.ts';
import { figureElement } from './figures/figure-element.ts';
import type { Figure } from './figures/figure.ts';
import { runFigures } from './figures/run-figures.ts';
import { runSeries } from './figures/run-series.ts';
import { reportFacts } from './report-facts.ts';
import { reportPlan } from './report-plan.ts';
import { reportResults } from './report-results.ts';
import { reportStyle } from './report-style.ts';
import { reportTexts } from './report-texts.ts';
import type { RunRecordView } from './report-view.ts';
import { randomDataWords } from './summary.ts';

/** Every figure of a run: those that its events give, then those of the experiment. Names are unique. */
export function reportFigures(run: RunRecordView): readonly Figure[] {
  const taken = new Map<string, number>();
  return [...runFigures(runSeries(run.events), run.baselines), ...run.figures].map((figure) => {
    const count = (taken.get(figure.name) ?? 0) + 1;
    taken.set(figure.name, count);
    return count === 1 ? figure : { ...figure, name: `${figure.name}-${count}` };
  });
}

/**
 * The report of a run, as one HTML page that needs nothing besides itself: no script, no network, no font. A run that
 * was interrupted, failed or still goes on has one as well, of what there is.
 */
export function renderReport(run: RunRecordView, figures: readonly Figure[] = reportFigures(run)): string {
  const { record } = run;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:">
<title>${escapeMarkup(`${record.name} · ${record.row} · seed ${record.seed}`)}</title>
<style>${reportStyle}</style>
</head>
<body>
<main>
${[
  header(run),
  reportResults(run),
  reportTexts(run),
  curves(figures),
  reportPlan(run),
  reportFacts(run),
  sourceElement(run.experiment),
]
  .filter((it) => it !== '')
  .join('\n')}
</main>
</body>
</html>
`;
}

function header({ record, events }: RunRecordView): string {
  const end = events.findLast((it) => it.event === 'run.end');
  const error = record.error ?? (end?.status === 'failed' && end.message !== undefined ? { code: end.code ?? '', message: end.message } : undefined); // prettier-ignore
  const date = record.created.slice(0, 16).replace('T', ' ');
  return `<header>
<h1>${escapeMarkup(record.title === '' ? record.name : record.title)}</h1>
<p class="soft"><code>${escapeMarkup(record.name)}</code> · row <strong>${escapeMarkup(record.row)}</strong> · seed ${record.seed} · ${date} UTC ·
<span class="status ${record.state}">${record.state}</span></p>
${record.random === true ? `<p class="message"><strong>random data</strong> ${escapeMarkup(randomDataWords)}</p>` : ''}
${error === undefined ? '' : `<p class="message"><strong>${escapeMarkup(error.code)}</strong> ${escapeMarkup(error.message)}</p>`}
</header>`;
}

function curves(figures: readonly Figure[]): string {
  if (figures.length === 0) return '';
  return `<h2>Curves and figures</h2>
<div class="grid">
${figures.map(figureElement).join('\n')}
</div>`;
}

/** An experiment with the numbers of its lines. */
export function sourceElement(text: string): string {
  if (text === '') return '';
  const lines = text.trimEnd().split('\n').map(sourceLine);
  return `<h2>Experiment</h2>
<p class="soft">In canonical form, as it ran.</p>
<pre>${lines.join('')}</pre>`;
}

function sourceLine(line: string): string {
  const comment = /^\s*#/.test(line) ? ' class="comment"' : '';
  return `<span${comment}>${escapeMarkup(line)}\n</span>`;
}
