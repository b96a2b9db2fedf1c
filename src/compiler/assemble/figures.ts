/** What figures show: values of samples, worked out once at the end of a stage as an evaluation works out its metrics. */
import { checkEntries } from '../check/entries.ts';
import type { CheckedExperiment, CheckedFigure, CheckedFigureValue } from '../check/checked.ts';
import { figureEvaluations, figureValueId, isBatch } from '../check/figure-evaluations.ts';
import { Reporter } from '../diagnostics/reporter.ts';
import type { FigureSpec, FigureValue, StageFigure } from '../program/figure.ts';
import type { Vocabulary } from '../program/vocabulary.ts';
import type { Axis } from '../types/axis.ts';
import { assembleEvaluation } from './evaluation.ts';
import { narrowed, sampleCounts } from '../check/narrowed.ts';
import type { StageParameters } from './parameter-table.ts';
import type { TextTables } from './text-tables.ts';

interface Environment {
  readonly stage: string;
  readonly counted: (data: string) => number;
  readonly sizesOf: (checked: CheckedExperiment) => ReadonlyMap<string, number>;
  readonly table: StageParameters;
  readonly texts: TextTables;
}

/** The functions for the figures of one stage: for each figure one for each set that it shows samples of. */
export function assembleFigures(checked: CheckedExperiment, environment: Environment): StageFigure[] {
  const { stage, counted, sizesOf, table, texts } = environment;
  return figureEvaluations(checked, stage, counted).flatMap(({ figure, evaluation, over, count }): StageFigure[] => {
    const seen = narrowed(checked, over);
    const sizes = { batch: count, vocabularies: sizesOf(seen), samples: sampleCounts(checked, over, counted) };
    // entries that so few samples do not have
    if (!checkEntries(evaluation.metrics.map(({ typed }) => typed), sizes, '', new Reporter())) return [];
    const made = assembleEvaluation(seen, evaluation, { ...sizes, count, table, texts, stage });
    const { table: _table, every: _every, views: _views, best: _best, texts: _texts, ...gathering } = made;
    return [{ figure: figure.name, ...gathering }];
  });
} // prettier-ignore

/** The figures of the program, as plain data. */
export function figureSpecs(checked: CheckedExperiment): readonly FigureSpec[] {
  return checked.figures.map((figure): FigureSpec => {
    const { name, kind, options, values, every } = figure;
    const spec = { name, kind, options, ...(every !== undefined && { every }) };
    if (values.length === 0) return spec;
    return {
      ...spec,
      shown: values.map((value) => figureValue(figure, value, narrowed(checked, value.over).vocabularies)),
    };
  });
}

function figureValue(
  figure: CheckedFigure,
  { label, role, stage, typed, text, element, indexes, unit }: CheckedFigureValue,
  vocabularies: readonly Vocabulary[],
): FigureValue {
  const entriesOf = (axis: Axis | undefined): readonly string[] | undefined => {
    // an axis that renames another has its words
    const names = [axis?.id, axis?.name, axis?.renames];
    const found = axis?.entries ?? vocabularies.find(({ name }) => names.includes(name))?.entries;
    return found === undefined || found.length === 0 ? undefined : found;
  };
  const axes = (typed?.type.axes ?? []).map((axis) => {
    const entries = entriesOf(axis);
    return { name: isBatch(axis) ? 'batch' : axis.name, ...(entries !== undefined && { entries }) };
  });
  const words = entriesOf(indexes);
  return {
    label,
    role,
    stage,
    axes,
    element,
    ...(typed !== undefined && { id: figureValueId(figure, typed) }),
    ...(text !== undefined && { text }),
    ...(words !== undefined && { words }),
    ...(unit !== undefined && { unit }),
  };
}
