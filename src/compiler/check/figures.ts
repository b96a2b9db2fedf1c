import { nearestName } from '../common/suggest.ts';
import type { FigureValue } from '../program/figure.ts';
import type { Duration } from '../program/schedule.ts';
import type { Expression, FigureStatement, Statement } from '../syntax/ast.ts';
import { figures } from '../types/catalogue/figures.ts';
import type { FigureSignature } from '../types/catalogue/figures/figure.ts';
import { printAxes } from '../types/value-type.ts';
import { cast, constantOf } from './build.ts';
import type { CheckedFigure, CheckedFigureValue, CheckedStage } from './checked.ts';
import type { Checker } from './checker.ts';
import { dottedName } from './dotted-name.ts';
import { durationOf } from './fields.ts';
import { printFormula } from './print-formula.ts';
import { measuredBy } from './study.ts';

type Kind = keyof typeof figures;

/** Options that are values of each sample, not settings. */
const roles: ReadonlySet<string> = new Set(['by', 'colour', 'label']);

/** Pictures for the report: the kind, the values that it shows and their options are checked; a curve is drawn of metrics and losses. */
export function checkFigures(
  checker: Checker,
  statements: readonly Statement[],
  stages: readonly CheckedStage[],
  row: string,
): readonly CheckedFigure[] {
  return statements.flatMap((statement): CheckedFigure[] => {
    if (statement.kind !== 'figure') return [];
    const work = (): CheckedFigure | undefined => checkFigure(checker, statement, stages);
    if (row === 'full') return [work() ?? []].flat();
    // a row may leave out what a picture shows: then it has none
    const { holes } = checker;
    const figure = checker.report.attempt(work);
    checker.holes = holes;
    return figure === undefined ? [] : [figure];
  });
}

function checkFigure(
  checker: Checker,
  { value, name }: FigureStatement,
  stages: readonly CheckedStage[],
): CheckedFigure | undefined {
  const word = value.kind === 'call' && value.callee.kind === 'reference' ? value.callee.name : '';
  const names = Object.keys(figures) as Kind[];
  const kind = names.find((each) => each === word);
  if (value.kind !== 'call' || kind === undefined) {
    const suggestion = nearestName(word, names);
    return checker.report.error('CX2012', value.span, 'there is no such figure', {
      expected: names.map((each) => `\`${each}(…)\``).join(', '),
      ...(suggestion === undefined ? {} : { suggestion }),
    });
  }
  const positional = value.args.filter((argument) => argument.label === undefined);
  const [least, most] = figures[kind].values;
  if (positional.length < least || positional.length > most)
    return checker.report.error('CX3006', value.span, `\`${kind}\` shows ${least === most ? least : `${least} to ${most}`} ${most === 1 ? 'value' : 'values'}, and ${positional.length} are given`); // prettier-ignore
  const legal = Object.keys(figures[kind].options);
  for (const { label } of value.args) {
    if (label === undefined) continue;
    if (legal.includes(label.text)) continue;
    const suggestion = nearestName(label.text, legal);
    checker.report.error('CX2010', label.span, `\`${kind}\` has no option \`${label.text}\``, {
      expected: legal.join(', ') || 'no options',
      ...(suggestion === undefined ? {} : { suggestion }),
    });
  }
  const labelled = value.args.flatMap(({ label, value: given }) => (label === undefined ? [] : [{ label: label.text, value: given }])); // prettier-ignore
  const signature: FigureSignature = figures[kind];
  const read = new Map(
    labelled.map((each) => readOption(checker, signature, each)).filter((each) => each !== undefined),
  );
  if (labelled.some(({ label }) => legal.includes(label) && !read.has(label))) return undefined;
  const every = read.get('every');
  const options = Object.fromEntries([...read].flatMap(([label, option]) => (typeof option === 'object' ? [] : [[label, option]]))); // prettier-ignore
  const isRole = (label: string): boolean => roles.has(label);
  const shown = [
    ...positional.map((argument) => shownValue(checker, argument.value, stages, 'value')),
    ...labelled.filter(({ label }) => isRole(label)).map(({ label, value: given }) => shownValue(checker, given, stages, label as FigureValue['role'])),
  ]; // prettier-ignore
  if (shown.includes(undefined)) return undefined;
  const given = shown.flatMap((each) => each ?? []);
  if (!areGrouped(checker, kind, given, labelled)) return undefined;
  const below = pictureBelow(checker, kind, given, labelled, stages);
  if (below === undefined && !hasRows(checker, kind, given, labelled)) return undefined;
  const found = [...given, ...(below === undefined ? [] : [below])];
  const series = found.filter((each) => each.value?.role !== 'by').slice(0, positional.length).map((each) => each.name); // prettier-ignore
  return {
    name: name.text,
    kind,
    options: { values: series, ...options },
    ...(typeof every === 'object' && { every }),
    values: kind === 'curve' ? [] : found.flatMap((each) => each.value ?? []),
  };
}

interface Labelled {
  readonly label: string;
  readonly value: Expression;
}

/** An option with what it says: a number within what the catalogue allows, a time, or what is written. */
function readOption(
  checker: Checker,
  { options }: FigureSignature,
  { label, value }: Labelled,
): [string, string | number | Duration] | undefined {
  const field = options[label];
  if (field?.kind === 'time') {
    const steps = value.kind === 'quantity' && value.unit === undefined ? { value: value.value, unit: 'step' as const } : durationOf(checker, value, label); // prettier-ignore
    if (steps === undefined) return undefined;
    if (steps.value > 0 && (steps.unit === 'epoch' || Number.isInteger(steps.value))) return [label, steps];
    return checker.report.error('CX5006', value.span, `\`${label}\` is a time in training, longer than nothing`, { expected: '`100 steps`, `1 epoch`' }); // prettier-ignore
  }
  if (field?.kind !== 'count' && field?.kind !== 'number') return [label, printFormula(value)];
  const typed = checker.tensor(value, checker.fileScope(checker.root));
  const number = typed === undefined ? undefined : constantOf(typed);
  if (typed === undefined) return undefined;
  const whole = field.kind === 'count';
  const least = field.kind === 'count' ? 1 : field.least;
  if (number !== undefined && number >= least && number <= field.most && (!whole || Number.isInteger(number)))
    return [label, number];
  return checker.report.error('CX5006', value.span, `\`${label}\` is a ${whole ? 'whole ' : ''}number from ${least} to ${field.most}`, number === undefined ? {} : { found: String(number) }); // prettier-ignore
}

/** The law: what groups samples is one value of each, and there are samples to group. */
function areGrouped(checker: Checker, kind: Kind, found: readonly Shown[], labelled: readonly Labelled[]): boolean {
  const by = labelled.find(({ label }) => label === 'by');
  if (by === undefined || kind === 'scatter' || !('by' in figures[kind].options)) return true;
  const isOfSamples = ({ typed, text }: CheckedFigureValue): boolean => text !== undefined || typed?.type.axes[0]?.id === 'batch'; // prettier-ignore
  const values = found.flatMap(({ value }) => value ?? []);
  const group = values.find(({ role }) => role === 'by');
  const expected = 'one number, class or text of each sample: a column, or `argmax(s, over: class)`';
  if (group === undefined || !isOfSamples(group) || (group.typed?.type.axes.length ?? 1) > 1) {
    checker.report.error('CX3010', by.value.span, '`by:` groups samples by one value of each', { expected, ...(group?.typed && { found: printAxes(group.typed.type.axes) }) }); // prettier-ignore
    return false;
  }
  if (values.some((value) => value.role === 'value' && isOfSamples(value))) return true;
  checker.report.error('CX3010', by.value.span, `this \`${kind}\` shows no samples that could be grouped`, {
    expected: 'a value of each sample',
    help: 'leave out `by:`; a formula groups a mean itself: `mean(x, over: batch, by: label)`',
  });
  return false;
}

const axisNames = (found: readonly Shown[]): readonly string[] => [
  ...new Set(found.flatMap(({ value }) => (value?.role === 'value' ? (value.typed?.type.axes ?? []) : [])).map(({ name }) => name)),
]; // prettier-ignore

/** `heatmap(A, over: picture)`: the picture that the numbers are of, shown with them. */
function pictureBelow(
  checker: Checker,
  kind: Kind,
  found: readonly Shown[],
  labelled: readonly Labelled[],
  stages: readonly CheckedStage[],
): Shown | undefined {
  const over = labelled.find(({ label }) => label === 'over')?.value;
  if (kind !== 'heatmap' || over?.kind !== 'reference' || axisNames(found).includes(over.name)) return undefined;
  if (checker.declarationOf(over.name, checker.root, 'value') === undefined) return undefined;
  const shown = shownValue(checker, over, stages, 'value');
  const axes = shown?.value?.typed?.type.axes.map(({ name }) => name) ?? [];
  return axes.includes('height') && axes.includes('width') ? shown : undefined;
}

/** The law: an axis that is laid out is one of the value. */
function hasRows(checker: Checker, kind: Kind, found: readonly Shown[], labelled: readonly Labelled[]): boolean {
  const over = labelled.find(({ label }) => label === 'over');
  if (over === undefined) return true;
  const names = axisNames(found);
  const name = dottedName(over.value)?.split('.').at(-1);
  if (name !== undefined && names.includes(name)) return true;
  const suggestion = name === undefined ? undefined : nearestName(name, names);
  checker.report.error(
    'CX3003',
    over.value.span,
    `\`over:\` is an axis of what the \`${kind}\` shows${kind === 'heatmap' ? ', or a picture' : ''}`,
    {
      expected: names.join(', '),
      ...(suggestion === undefined ? {} : { suggestion }),
    },
  );
  return false;
}

interface Shown {
  /** As a curve finds it in the events. */
  readonly name: string;
  readonly value?: CheckedFigureValue;
}

/** A metric by its name, else any value of the file: over the samples of `x on d`, or of what the last stage measures first. */
function shownValue(
  checker: Checker,
  expression: Expression,
  stages: readonly CheckedStage[],
  role: FigureValue['role'],
): Shown | undefined {
  const inner = expression.kind === 'on-data' ? expression.value : expression;
  const name = dottedName(inner);
  const data = expression.kind === 'on-data' ? expression.data.text : undefined;
  const label = printFormula(expression);
  const found = name === undefined ? undefined : measuredBy(stages, name, data);
  if (found !== undefined) {
    const { stage, evaluation, metric } = found;
    const measured = evaluation.metrics.find((each) => each.name === metric);
    const unit = measured?.unit === undefined ? {} : { unit: measured.unit };
    const over = evaluation.over === undefined ? {} : { over: evaluation.over };
    const value = measured === undefined ? {} : { value: { label, role, stage, data: evaluation.data, typed: cast(measured.typed, 'f32'), element: 'f32' as const, ...over, ...unit } }; // prettier-ignore
    return { name: `${evaluation.name}.${metric}`, ...value };
  }
  const last = stages.at(-1);
  const isLoss = stages.some((stage) => stage.training.terms.some((term) => term.name === name));
  const text = name === undefined ? undefined : last?.columns.find((column) => column.name === name && column.kind === 'text'); // prettier-ignore
  const set = { stage: last?.name ?? 'main', data: data ?? last?.evaluations[0]?.data ?? last?.training.data };
  if (text !== undefined) return { name: label, value: { label, role, ...set, text: text.name, element: 'text' } };
  const value = checker.expression(inner, checker.fileScope(checker.root));
  if (value === undefined) return undefined;
  const shownName = isLoss && name !== undefined ? name : label;
  if (value.kind !== 'tensor') return { name: shownName };
  const { typed } = value;
  const [evaluation] = last?.evaluations.filter((each) => each.data === set.data) ?? [];
  const over = evaluation?.over === undefined ? {} : { over: evaluation.over };
  if (typed.type.element === 'text') return { name: shownName };
  const { element, indexes } = typed.type;
  return { name: shownName, value: { label, role, ...set, ...over, typed: cast(typed, 'f32'), element, ...(indexes !== undefined && { indexes }) } }; // prettier-ignore
}
