/** What figures show: values of samples, worked out once at the end of a stage as an evaluation works out its metrics. */
import { checkEntries } from '../check/entries.ts';
import type { CheckedEvaluation, CheckedExperiment, CheckedFigure, CheckedFigureValue } from '../check/checked.ts';
import { Reporter } from '../diagnostics/reporter.ts';
import type { FigureSpec, FigureValue, StageFigure, Vocabulary } from '../program/program.ts';
import type { Axis } from '../types/axis.ts';
import { figures } from '../types/catalogue/figures.ts';
import { assembleEvaluation } from './evaluation.ts';
import { narrowed, sampleCounts, setOf } from '../check/narrowed.ts';
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
  const each = checked.training.each === true;
  return checked.figures.flatMap(
    (figure) =>
    [...bySet(figure, environment.stage)].flatMap(([, values]) => assembleFigure(checked, figure, values, each, environment)), // prettier-ignore
  );
}

function bySet({ values }: CheckedFigure, stage: string): ReadonlyMap<string, readonly CheckedFigureValue[]> {
  const sets = new Map<string, CheckedFigureValue[]>();
  for (const value of values) {
    if (value.stage !== stage || value.typed === undefined) continue;
    const key = JSON.stringify([value.data, value.over]);
    sets.set(key, [...(sets.get(key) ?? []), value]);
  }
  return sets;
}

function assembleFigure(
  checked: CheckedExperiment,
  figure: CheckedFigure,
  values: readonly CheckedFigureValue[],
  each: boolean,
  { stage, counted, sizesOf, table, texts }: Environment,
): StageFigure[] {
  const [first] = values;
  const { data, over } = first ?? {};
  if (data === undefined) return [];
  const set = setOf(checked, data, over);
  const metrics = values.flatMap(({ typed }) => (typed === undefined ? [] : [{ name: idOf(figure, typed), formula: '', typed, span: typed.span }])); // prettier-ignore
  const roots = metrics.map(({ typed }) => typed);
  // what has no samples of its own, as a table of classes, is of the whole set
  const isOfSamples = roots.some(({ type }) => type.axes.some(isBatch));
  const count = each ? 1 : isOfSamples ? Math.min(samplesOf(figure), counted(set)) : counted(set);
  const evaluation: CheckedEvaluation = {
    name: `figure ${figure.name}${first === figure.values[0] ? '' : ` on ${set}`}`,
    data: set,
    metrics,
    batch: Math.min(count, 128),
    span: first?.typed?.span ?? checked.training.span,
    ...(each && { each: true as const }),
  };
  const seen = narrowed(checked, over);
  const sizes = { batch: count, vocabularies: sizesOf(seen), samples: sampleCounts(checked, over, counted) };
  // entries that so few samples do not have
  if (!checkEntries(roots, sizes, '', new Reporter())) return [];
  const made = assembleEvaluation(seen, evaluation, { ...sizes, count, table, texts, stage });
  const { table: _table, every: _every, views: _views, best: _best, texts: _texts, ...gathering } = made;
  return [{ figure: figure.name, ...gathering }];
}

const isBatch = (axis: Axis): boolean => axis.id === 'batch' || axis.renames === 'batch';

/** Samples that a kind shows unless `count:` says another number. */
const samplesOf = ({ kind, options }: CheckedFigure): number =>
  typeof options['count'] === 'number' ? options['count'] : figures[kind].samples;

const idOf = (figure: CheckedFigure, typed: CheckedFigureValue['typed']): string =>
  `${figure.name} ${figure.values.findIndex((value) => value.typed === typed)}`;

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
    ...(typed !== undefined && { id: idOf(figure, typed) }),
    ...(text !== undefined && { text }),
    ...(words !== undefined && { words }),
    ...(unit !== undefined && { unit }),
  };
}
