import { dot, gridY, lineY } from '@observablehq/plot';
import type { FigureSpec } from '../../../compiler/program/figure.ts';
import { figureName, type Figure } from './figure.ts';
import type { FigureCourse } from './figure-content.ts';
import { seriesColor, seriesDash, seriesSymbol } from './palette.ts';
import { plotSvg } from './plot-svg.ts';
import type { RunSeries } from './run-series.ts';
import { valueFigure } from './value-figures.ts';
import type { Point } from './thin.ts';

/** The `figure` statements: curves of metrics and losses from the events of a run, all else from the values that it left. */
export function declaredFigures(
  specs: readonly FigureSpec[],
  series: RunSeries,
  contentOf: (figure: string) => FigureCourse | undefined = () => undefined,
): readonly Figure[] {
  return specs.flatMap((spec): Figure[] => {
    if (spec.kind !== 'curve') return [valueFigure(spec, contentOf(spec.name)) ?? []].flat();
    const { values } = spec.options;
    const names = Array.isArray(values) ? values : [];
    const courses = names.flatMap((name) => coursesOf(name, series));
    return courses.length === 0 ? [] : [curve(spec.name, courses)];
  });
}

interface Course {
  readonly label: string;
  readonly points: readonly Point[];
}

/** A metric as `evaluation.metric`, or a loss by its name; of several stages each. */
function coursesOf(name: string, { stages, metrics }: RunSeries): Course[] {
  const several = stages.length > 1;
  const label = (stage: string, what: string): string => (several ? `${stage} ${what}` : what);
  const measured = metrics.filter((metric) => `${metric.evaluation}.${metric.name}` === name).map((metric) => ({ label: label(metric.stage, name), points: metric.points })); // prettier-ignore
  const losses = stages.flatMap((stage) => stage.terms.filter((term) => term.name === name).map((term) => ({ label: label(stage.stage, name), points: term.raw }))); // prettier-ignore
  return [...measured, ...losses].filter(({ points }) => points.length > 1);
}

/** Small enough to stand beside that of another row; each course has a colour, a dash and a mark of its own. */
function curve(title: string, courses: readonly Course[]): Figure {
  const style = (index: number) => ({
    color: seriesColor(index),
    dash: seriesDash(index),
    symbol: seriesSymbol(index),
  });
  return {
    name: figureName(title),
    title,
    caption: '',
    legend: courses.map(({ label }, index) => ({ name: label, ...style(index) })),
    svg: plotSvg({
      width: 400,
      height: 260,
      describes: `${courses.map(({ label }) => label).join(', ')} over the steps`,
      x: { label: 'step', ticks: 5 },
      y: { label: courses.length === 1 ? (courses[0]?.label ?? '') : 'value', ticks: 5, nice: true },
      marks: [
        gridY({ ticks: 5 }),
        ...courses.flatMap(({ points }, index) => {
          const { color, dash, symbol } = style(index);
          const every = Math.max(1, Math.ceil(points.length / 10));
          // marks of several courses stand at different places
          const marked = points.filter((_, at) => at % every === Math.floor((index * every) / courses.length));
          return [
            lineY(points, { x: 'x', y: 'y', stroke: color, strokeWidth: 1.6, strokeDasharray: dash }),
            dot(marked, { x: 'x', y: 'y', symbol, fill: color, r: 2.6 }),
          ];
        }),
      ],
    }),
  };
}
