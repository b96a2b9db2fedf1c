/** What the runs of a study have in common, in one frame: courses with the band of their seeds, and results with their spread. */
import { areaY, dot, gridX, gridY, lineY, link, tickX, type Markish } from '@observablehq/plot';
import { formatMetric } from '../report-format.ts';
import { spreadOf, type Study, type StudyMetric } from '../study.ts';
import { figureName, type Figure } from './figure.ts';
import { seriesColor, seriesDash, seriesSymbol } from './palette.ts';
import { plotSvg } from './plot-svg.ts';
import type { RunSeries } from './run-series.ts';
import { thin, type Point } from './thin.ts';

/** The runs of one row, a series for each seed. */
export interface RowSeries {
  readonly row: string;
  readonly runs: readonly RunSeries[];
}

/** More courses than this in one frame can not be told apart. */
const mostCourses = 8;

export function studyFigures(rows: readonly RowSeries[], study: Study | undefined): readonly Figure[] {
  const results = study === undefined ? [] : study.metrics.flatMap((metric) => resultFigure(metric, study) ?? []);
  return [...results, ...courseFigures(rows)];
}

/** A line for each row: every seed a mark, the mean a bar, and between them the standard deviation. */
function resultFigure(metric: StudyMetric, { rows }: Study): Figure | undefined {
  const found = rows.flatMap(({ row, runs }) => {
    const spread = spreadOf(runs.map((run) => run.values[metric.key]));
    return spread === undefined ? [] : [{ row, runs, ...spread }];
  });
  const values = found
    .flatMap((it) => it.runs.map((run) => run.values[metric.key] ?? Number.NaN))
    .filter(Number.isFinite);
  // what is the same for every run needs no picture
  if (found.length < 2 || new Set(values).size < 2) return undefined;
  const spans = found.map(({ row, mean, deviation = 0 }) => ({
    row,
    mean,
    low: mean - deviation,
    high: mean + deviation,
  }));
  const points = found.flatMap(({ row, runs }) =>
    runs.map((run) => ({ row, value: run.values[metric.key] ?? Number.NaN })),
  );
  const unit = metric.unit === undefined ? '' : ` [${metric.unit}]`;
  const longest = Math.max(...found.map((it) => Array.from(it.row).length));
  const best = metric.direction === 'min' ? ', less is better' : metric.direction === 'max' ? ', more is better' : '';
  return {
    name: figureName(`result ${metric.key}`),
    title: `${metric.key.replaceAll('.', ' ')}${unit}`,
    caption: `Each mark is a seed, the bar the mean, the line one standard deviation to both sides${best}.`,
    svg: plotSvg({
      width: 820,
      height: 56 + 26 * found.length,
      marginLeft: Math.min(300, 20 + 6.6 * longest),
      describes: `${metric.key} of each row: ${found.map((it) => `${it.row} ${formatMetric(it.mean, metric.unit)}`).join(', ')}`,
      x: { label: `${metric.key}${unit}`, ticks: 7, nice: true, inset: 6 },
      y: { type: 'band', label: null, domain: found.map((it) => it.row), padding: 0.35 },
      marks: [
        gridX({ ticks: 7 }),
        link(spans, { x1: 'low', x2: 'high', y1: 'row', y2: 'row', stroke: seriesColor(0), strokeWidth: 2.2, strokeOpacity: 0.55 }), // prettier-ignore
        dot(points, { x: 'value', y: 'row', r: 3.4, fill: '#ffffff', stroke: seriesColor(0), strokeWidth: 1.5 }),
        tickX(spans, { x: 'mean', y: 'row', stroke: seriesColor(1), strokeWidth: 3 }),
      ],
    }),
  };
}

interface Course {
  readonly row: string;
  /** A course for each seed. */
  readonly seeds: readonly (readonly Point[])[];
}

interface CourseGroup {
  readonly title: string;
  readonly caption: string;
  readonly label: string;
  readonly courses: readonly Course[];
}

/** The total, each loss term and each metric that was measured more than once; a frame holds every row that has it. */
function courseFigures(rows: readonly RowSeries[]): readonly Figure[] {
  const groups = new Map<string, { caption: string; label: string; courses: Map<string, (readonly Point[])[]> }>();
  const add = (title: string, caption: string, label: string, row: string, points: readonly Point[]): void => {
    if (points.length < 2) return;
    const group = groups.get(title) ?? { caption, label, courses: new Map<string, (readonly Point[])[]>() };
    groups.set(title, group);
    group.courses.set(row, [...(group.courses.get(row) ?? []), points]);
  };
  for (const { row, runs } of rows) {
    for (const { stages, metrics } of runs) {
      const several = stages.length > 1;
      for (const metric of metrics) {
        const place = metric.evaluation === metric.data ? metric.data : `${metric.evaluation} ${metric.data}`;
        const unit = metric.unit === undefined ? '' : ` [${metric.unit}]`;
        add(`${several ? `${metric.stage} ` : ''}${place} ${metric.name}`, '', `${metric.name}${unit}`, row, metric.points); // prettier-ignore
      }
      for (const stage of stages) {
        const before = several ? `${stage.stage} ` : '';
        add(`${before}loss`, 'The sum that is minimised; rows with other terms minimise another sum.', 'loss', row, stage.total); // prettier-ignore
        if (stage.terms.length > 1 || rows.length > 1)
          for (const term of stage.terms) add(`${before}${term.name}`, term.formula, term.name, row, term.raw);
      }
    }
  }
  return [...groups].flatMap(([title, { caption, label, courses }]) => {
    const found: CourseGroup = { title, caption, label, courses: [...courses].map(([row, seeds]) => ({ row, seeds })) };
    return bandFigure(found, rows.map((it) => it.row)); // prettier-ignore
  });
}

/** Mean over the seeds as a line, one standard deviation to both sides as a band. The colour and dash of a row are the same in every frame. */
function bandFigure({ title, caption, label, courses }: CourseGroup, order: readonly string[]): readonly Figure[] {
  const shown = courses.slice(0, mostCourses);
  const bands = shown.map(({ row, seeds }) => ({ row, index: order.indexOf(row), band: bandOf(seeds) }));
  const left = courses.length - shown.length;
  const note = [caption, left > 0 ? `${left} more rows are not drawn.` : ''].filter((it) => it !== '').join(' · ');
  const largest = Math.max(...bands.flatMap((it) => it.band.map((point) => Math.abs(point.y))));
  // values that hardly differ have long labels
  const ys = bands.flatMap((it) => it.band.flatMap((point) => [point.low, point.high]));
  const isNarrow = Math.max(...ys) - Math.min(...ys) < 1e-3 * largest;
  // the first row, mostly `full`, is a whole line: it is seen between the dashes of those that lie on it
  const marks: Markish[] = [
    ...bands.map(({ index, band }) => areaY(band, { x: 'x', y1: 'low', y2: 'high', fill: seriesColor(index), fillOpacity: 0.16 })), // prettier-ignore
    ...bands.flatMap(({ index, band }) => [
      lineY(band, { x: 'x', y: 'y', stroke: seriesColor(index), strokeWidth: 1.7, strokeDasharray: seriesDash(index) }),
      dot(marked(band, index), { x: 'x', y: 'y', symbol: seriesSymbol(index), r: 3.2, fill: seriesColor(index) }),
    ]),
  ];
  return [
    {
      name: figureName(title),
      title,
      caption: note,
      legend: bands.map(({ row, index }) => ({ name: row, color: seriesColor(index), dash: seriesDash(index), symbol: seriesSymbol(index) })), // prettier-ignore
      svg: plotSvg({
        width: 820,
        height: 280,
        ...(isNarrow && { marginLeft: 84 }),
        describes: `${title} over the steps for ${bands.map((it) => it.row).join(', ')}`,
        x: { label: 'step', ticks: 6 },
        y: { label, ticks: 5, nice: true, ...(largest < 1e-2 && largest > 0 && { tickFormat: '.0e' }) },
        marks: [gridY({ ticks: 5 }), ...marks],
      }),
    },
  ];
}

interface BandPoint extends Point {
  readonly low: number;
  readonly high: number;
}

/** Seeds have the same steps; where one has fewer, those it has. */
function bandOf(seeds: readonly (readonly Point[])[]): readonly BandPoint[] {
  const courses = seeds.map((points) => thin(points, 120));
  const [first = []] = courses.toSorted((a, b) => b.length - a.length);
  return first.map(({ x }, index) => {
    const { mean, deviation = 0 } = spreadOf(courses.map((course) => course[index]?.y)) ?? { mean: Number.NaN };
    return { x, y: mean, low: mean - deviation, high: mean + deviation };
  });
}

/** Six marks along a line, shifted row by row so that they do not cover each other. */
function marked(band: readonly BandPoint[], index: number): readonly BandPoint[] {
  const every = Math.max(1, Math.floor(band.length / 6));
  return band.filter((_, position) => position % every === Math.floor((every * ((index % 4) + 0.5)) / 4));
}
