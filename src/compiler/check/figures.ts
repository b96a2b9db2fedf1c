import { nearestName } from '../common/suggest.ts';
import type { FigureValue } from '../program/program.ts';
import type { Expression, FigureStatement, Statement } from '../syntax/ast.ts';
import { figures } from '../types/catalogue/figures.ts';
import { cast } from './build.ts';
import type { CheckedFigure, CheckedFigureValue, CheckedStage } from './checked.ts';
import type { Checker } from './checker.ts';
import { dottedName } from './dotted-name.ts';
import { printFormula } from './print-formula.ts';
import { measuredBy } from './study.ts';

type Kind = keyof typeof figures;

/** Options that the report does not heed yet. */
const unheeded: Readonly<Record<Kind, readonly string[]>> = {
  curve: ['by', 'every'],
  scatter: [],
  samples: ['by'],
  heatmap: ['by'],
  table: ['over', 'by'],
  strokes: ['every'],
};

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
    if (unheeded[kind].includes(label.text)) checker.report.error('CX0001', label.span, `\`${label.text}:\` of \`${kind}\` is checked, and the report does not heed it yet`, { severity: 'note' }); // prettier-ignore
    if (legal.includes(label.text)) continue;
    const suggestion = nearestName(label.text, legal);
    checker.report.error('CX2010', label.span, `\`${kind}\` has no option \`${label.text}\``, {
      expected: legal.join(', '),
      ...(suggestion === undefined ? {} : { suggestion }),
    });
  }
  const labelled = value.args.flatMap(({ label, value: given }) => (label === undefined ? [] : [{ label: label.text, value: given }])); // prettier-ignore
  const options = Object.fromEntries(labelled.map((each) => [each.label, printFormula(each.value)]));
  const isRole = (label: string): boolean => kind === 'scatter' && roles.has(label);
  const shown = [
    ...positional.map((argument) => shownValue(checker, argument.value, stages, 'value')),
    ...labelled.filter(({ label }) => isRole(label)).map(({ label, value: given }) => shownValue(checker, given, stages, label as FigureValue['role'])),
  ]; // prettier-ignore
  if (shown.includes(undefined)) return undefined;
  const found = shown.flatMap((each) => each ?? []);
  const series = found.filter((each) => each.value?.role !== 'by').slice(0, positional.length).map((each) => each.name); // prettier-ignore
  return {
    name: name.text,
    kind,
    options: { values: series, ...options },
    values: kind === 'curve' ? [] : found.flatMap((each) => each.value ?? []),
  };
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
