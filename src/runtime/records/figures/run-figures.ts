import { areaY, barX, dot, gridY, lineY, ruleX, ruleY, text, type Markish } from '@observablehq/plot';
import { formatMetric, formatRate } from '../report-format.ts';
import type { StudyBaseline } from '../study.ts';
import { figureName, type Figure } from './figure.ts';
import { ruleColor, seriesColor } from './palette.ts';
import { plotSvg } from './plot-svg.ts';
import { metricKey, metricTitle } from '../metric-key.ts';
import type { MetricSeries, RunSeries, StageSeries, TermSeries } from './run-series.ts';
import { thin, type Point } from './thin.ts';

/** The figures that follow from the events of any run, in the order of the report. */
export function runFigures(series: RunSeries, baselines: readonly StudyBaseline[] = []): readonly Figure[] {
  const several = series.stages.length > 1;
  return [
    ...series.metrics.flatMap((metric) => metricFigures(metric, baselines, several)),
    ...series.stages.filter((it) => it.total.length > 0).flatMap((stage) => stageFigures(stage, several)),
  ];
}

function stageFigures(stage: StageSeries, several: boolean): readonly Figure[] {
  const prefix = several ? `${stage.stage} ` : '';
  return [
    courseFigure(`${prefix}loss`, '', stage.total, seriesColor(0), 'loss'),
    ...(stage.terms.length > 1 ? [shareFigure(`${prefix}shares`, stage.terms)] : []),
    ...(stage.terms.length > 1 ? stage.terms.map((term, index) => termFigure(prefix, term, index)) : []),
    courseFigure(`${prefix}learning rate`, '', stage.learningRate, seriesColor(7), 'learning rate', small),
    courseFigure(`${prefix}gradient norm`, 'Over all trainable tensors, before clipping.', stage.gradientNorm, seriesColor(7), 'norm', small), // prettier-ignore
  ].filter((it) => it !== undefined);
}

const small = { width: 400, height: 200 };

function termFigure(prefix: string, term: TermSeries, index: number): Figure | undefined {
  const title = `${prefix}${term.name}`;
  const weight = term.weight === 1 ? '' : `, weight ${formatRate(term.weight)}`;
  return courseFigure(title, `${term.formula}${weight}`, term.raw, seriesColor(index), 'raw', small);
}

/** A course with the band in which its neighbours lie; nothing where there is nothing to draw. */
function courseFigure(
  title: string,
  caption: string,
  points: readonly Point[],
  color: string,
  label: string,
  size: { readonly width: number; readonly height: number } = { width: 820, height: 260 },
): Figure | undefined {
  if (points.length < 2) return undefined;
  const stretches = thin(points);
  const [first, last] = [points[0]?.y, points.at(-1)?.y];
  return {
    name: figureName(title),
    title,
    caption,
    svg: plotSvg({
      ...size,
      describes: `${title} over the steps, from ${formatMetric(first, undefined)} to ${formatMetric(last, undefined)}`,
      x: { label: 'step', ticks: 6 },
      y: { label, ticks: 5, ...axisFormat(points), nice: true },
      marks: [
        gridY({ ticks: 5 }),
        areaY(stretches, { x: 'x', y1: 'low', y2: 'high', fill: color, fillOpacity: 0.18 }),
        lineY(stretches, { x: 'x', y: 'y', stroke: color, strokeWidth: 1.6 }),
      ],
    }),
  };
}

/** Small numbers are labelled by their exponent instead of a row of zeros. */
function axisFormat(points: readonly Point[]): { readonly tickFormat?: string } {
  const largest = Math.max(...points.map((it) => Math.abs(it.y)));
  return largest < 1e-2 && largest > 0 ? { tickFormat: '.0e' } : {};
}

function shareFigure(title: string, terms: readonly TermSeries[]): Figure {
  const rows = terms.flatMap((term) => thin(term.share, 120).map(({ x, y }) => ({ x, y, term: term.name })));
  const colors = terms.map((_, index) => seriesColor(index));
  const final = terms.map((it) => `${it.name} ${Math.round(100 * (it.share.at(-1)?.y ?? 0))} %`).join(', ');
  return {
    name: figureName(title),
    title,
    caption: 'What each term has of the sum of all weighted terms.',
    legend: terms.map((it, index) => ({ name: it.name, color: seriesColor(index) })),
    svg: plotSvg({
      width: 820,
      height: 220,
      describes: `Shares of the loss terms over the steps; at the end ${final}`,
      color: { domain: terms.map((it) => it.name), range: colors },
      x: { label: 'step', ticks: 6 },
      y: { label: 'share of the loss', percent: true, domain: [0, 100], ticks: 5 },
      marks: [
        areaY(rows, { x: 'x', y: 'y', fill: 'term', fillOpacity: 0.85, order: terms.map((it) => it.name) }),
        ruleY([0]),
      ],
    }),
  };
}

function metricFigures(metric: MetricSeries, baselines: readonly StudyBaseline[], several: boolean): readonly Figure[] {
  const title = `${several ? `${metric.stage} ` : ''}${metricTitle(metric)}`;
  const rules = baselines.filter((it) => it.metric === metricKey(metric));
  const figures: Figure[] = [];
  if (metric.points.length > 1) figures.push(metricCourse(metric, title, rules));
  if (metric.entries !== undefined && metric.entries.length > 1) figures.push(entryBars(metric, title));
  return figures;
}

function metricCourse(metric: MetricSeries, title: string, rules: readonly StudyBaseline[]): Figure {
  const color = seriesColor(2);
  const best = metric.points.filter((it) => it.x === metric.bestAt);
  const marks: Markish[] = [
    gridY({ ticks: 5 }),
    lineY(metric.points, { x: 'x', y: 'y', stroke: color, strokeWidth: 1.6 }),
    dot(metric.points, { x: 'x', y: 'y', fill: color, r: 2.5 }),
    dot(best, { x: 'x', y: 'y', stroke: color, r: 6, strokeWidth: 1.6 }),
    ruleY(rules, { y: 'value', stroke: ruleColor, strokeDasharray: '5 4' }),
    text(rules, { y: 'value', text: 'label', frameAnchor: 'right', textAnchor: 'end', dy: -7, fill: ruleColor }),
  ];
  const unit = metric.unit === undefined ? '' : ` [${metric.unit}]`;
  const last = formatMetric(metric.points.at(-1)?.y, metric.unit);
  return {
    name: figureName(title),
    title,
    caption: best.length > 0 ? 'The circle marks the best.' : '',
    svg: plotSvg({
      width: 820,
      height: 260,
      describes: `${title} over the steps, at the end ${last}`,
      x: { label: 'step', ticks: 6 },
      y: { label: `${metric.name}${unit}`, ticks: 5, nice: true, ...axisFormat(metric.points) },
      marks,
    }),
  };
}

/** One bar an entry, the largest first where there are many. */
function entryBars(metric: MetricSeries, title: string): Figure {
  const known = (metric.entries ?? []).flatMap(({ name, value }) => (value === null ? [] : [{ name, value }]));
  const order = known.length > 12 ? known.toSorted((a, b) => b.value - a.value) : known;
  const shown = order.slice(0, 60);
  const longest = Math.max(...shown.map((it) => it.name.length));
  return {
    name: figureName(`${title} by entry`),
    title: `${title}, one by one`,
    caption: shown.length < order.length ? `The ${shown.length} greatest of ${order.length}.` : '',
    svg: plotSvg({
      width: 820,
      height: 60 + 20 * shown.length,
      marginLeft: Math.min(260, 24 + 7 * longest),
      describes: `${title} for each of ${order.length} entries`,
      x: { label: `${metric.name}${metric.unit === undefined ? '' : ` [${metric.unit}]`}`, ticks: 6, grid: true },
      y: { label: null, domain: shown.map((it) => it.name) },
      marks: [barX(shown, { x: 'value', y: 'name', fill: seriesColor(2), fillOpacity: 0.85 }), ruleX([0])],
    }),
  };
}
