import { dot, gridY, lineY, text } from '@observablehq/plot';
import type { FigureSpec } from '../../../compiler/program/program.ts';
import { figureName, type Figure } from './figure.ts';
import type { FigureCourse } from './figure-content.ts';
import { seriesColor } from './palette.ts';
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

function curve(title: string, courses: readonly Course[]): Figure {
  return {
    name: figureName(title),
    title,
    caption: '',
    svg: plotSvg({
      width: 820,
      height: 260,
      describes: `${courses.map(({ label }) => label).join(', ')} over the steps`,
      x: { label: 'step', ticks: 6 },
      y: { label: courses.length === 1 ? (courses[0]?.label ?? '') : 'value', ticks: 5, nice: true },
      marks: [
        gridY({ ticks: 5 }),
        ...courses.flatMap(({ label, points }, index) => [
          lineY(points, { x: 'x', y: 'y', stroke: seriesColor(index), strokeWidth: 1.6 }),
          dot(points.length > 60 ? [] : points, { x: 'x', y: 'y', fill: seriesColor(index), r: 2 }),
          text(points.slice(-1), {
            x: 'x',
            y: 'y',
            text: () => label,
            textAnchor: 'end',
            dy: -8,
            fill: seriesColor(index),
          }),
        ]),
      ],
    }),
  };
}
