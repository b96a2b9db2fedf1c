/** The figures that an experiment declares besides curves, drawn of the values that the run left in its folder. */
import type { FigureSpec, FigureValue } from '../../../compiler/program/figure.ts';
import { figureName, type Figure } from './figure.ts';
import type { FigureCourse } from './figure-content.ts';
import { heatmapFigure } from './heatmap-figure.ts';
import { inGroups } from './in-groups.ts';
import { samplesFigure } from './samples-figure.ts';
import { scatterFigure } from './scatter-figure.ts';
import { shownTensor, type ShownValue } from './shown-value.ts';
import { strokesFigure } from './strokes-figure.ts';
import { tableFigure } from './table-figure.ts';

/** What a figure looks like, before it has its name. */
export type Drawn = Omit<Figure, 'name' | 'title'>;

const drawers: Readonly<Record<Exclude<FigureSpec['kind'], 'curve'>, (values: readonly ShownValue[], spec: FigureSpec, content: FigureCourse) => Drawn | undefined>> = {
  scatter: scatterFigure,
  samples: samplesFigure,
  heatmap: heatmapFigure,
  table: tableFigure,
  strokes: strokesFigure,
}; // prettier-ignore

/** Nothing where the run has not come so far. */
export function valueFigure(spec: FigureSpec, content: FigureCourse | undefined): Figure | undefined {
  if (spec.kind === 'curve' || content === undefined) return undefined;
  const shown = (spec.shown ?? []).flatMap((value: FigureValue) => shownTensor(value, content) ?? []);
  const values = inGroups(shown);
  const drawn = drawers[spec.kind](values, spec, content);
  return drawn === undefined ? undefined : { name: figureName(spec.name), title: spec.name, ...drawn };
}
