/** What figures show, as evaluations of the stage that works it out: values in the place of metrics, of some samples of a set. */
import { figures } from '../types/catalogue/figures.ts';
import type { Axis } from '../types/axis.ts';
import type { CheckedEvaluation, CheckedExperiment, CheckedFigure, CheckedFigureValue, Narrowing } from './checked.ts';
import { setOf } from './narrowed.ts';

export interface FigureEvaluation {
  readonly figure: CheckedFigure;
  readonly evaluation: CheckedEvaluation;
  readonly over: Narrowing | undefined;
  /** Samples that are shown. */
  readonly count: number;
}

/** For each figure one for each set that it shows samples of. `counted`: how many samples a set has. */
export function figureEvaluations(checked: CheckedExperiment, stage: string, counted: (data: string) => number): readonly FigureEvaluation[] {
  return checked.figures.flatMap((figure) => bySet(figure, stage).flatMap((values) => evaluationOf(checked, figure, values, counted)));
} // prettier-ignore

function bySet({ values }: CheckedFigure, stage: string): readonly (readonly CheckedFigureValue[])[] {
  const sets = new Map<string, CheckedFigureValue[]>();
  for (const value of values) {
    if (value.stage !== stage || value.typed === undefined) continue;
    const key = JSON.stringify([value.data, value.over]);
    sets.set(key, [...(sets.get(key) ?? []), value]);
  }
  return [...sets.values()];
}

function evaluationOf(
  checked: CheckedExperiment,
  figure: CheckedFigure,
  values: readonly CheckedFigureValue[],
  counted: (data: string) => number,
): FigureEvaluation[] {
  const each = checked.training.each === true;
  const [first] = values;
  const { data, over } = first ?? {};
  if (data === undefined) return [];
  const set = setOf(checked, data, over);
  const metrics = values.flatMap(({ typed }) => (typed === undefined ? [] : [{ name: figureValueId(figure, typed), formula: '', typed, span: typed.span }])); // prettier-ignore
  // what has no samples of its own, as a table of classes, is of the whole set
  const isOfSamples = metrics.some(({ typed }) => typed.type.axes.some(isBatch));
  const count = each ? 1 : isOfSamples ? Math.min(samplesOf(figure), counted(set)) : counted(set);
  const evaluation: CheckedEvaluation = {
    name: `figure ${figure.name}${first === figure.values[0] ? '' : ` on ${set}`}`,
    data: set,
    metrics,
    batch: Math.min(count, 128),
    span: first?.typed?.span ?? checked.training.span,
    ...(each && { each: true as const }),
  };
  return [{ figure, evaluation, over, count }];
}

export const isBatch = (axis: Axis): boolean => axis.id === 'batch' || axis.renames === 'batch';

/** Samples that a kind shows unless `count:` says another number. */
const samplesOf = ({ kind, options }: CheckedFigure): number =>
  typeof options['count'] === 'number' ? options['count'] : figures[kind].samples;

/** The name of a value of a figure. */
export const figureValueId = (figure: CheckedFigure, typed: CheckedFigureValue['typed']): string =>
  `${figure.name} ${figure.values.findIndex((value) => value.typed === typed)}`;
