/** What an `expect` says: metrics that are measured, at points that are there, compared in units that fit. */
import { nearestName } from '../common/suggest.ts';
import type { CombinedMetric } from '../program/combined-metric.ts';
import { valueText } from '../resolve/rows.ts';
import type { AtPoint, Comparison, Expression, ExpectStatement, OfRow } from '../syntax/ast.ts';
import type { CheckedMetric, CheckedRow, CheckedStage, CheckedSweep } from './checked.ts';
import type { Checker } from './checker.ts';
import { dottedName } from './dotted-name.ts';
import { measuredBy } from './study.ts';

/** What a claim can speak of. */
export interface Claimable {
  readonly stages: readonly CheckedStage[];
  /** With those that are too broken to be among the stages. */
  readonly stageNames: readonly string[];
  readonly combined: readonly CombinedMetric[];
  readonly rows: readonly CheckedRow[];
  readonly sweeps: readonly CheckedSweep[];
}

/** A claim names metrics that are measured and rows that are there; it is judged once the study has run. */
export function checkExpectations(checker: Checker, known: Claimable): void {
  for (const statement of checker.root.file.statements)
    if (statement.kind === 'expect') checkClaim(checker, statement, known);
}

/** One side of a comparison: what it is measured in, where that is known. */
interface Side {
  readonly expression: Expression;
  readonly unit: string | undefined;
  /** A number of the file, not of a run. */
  readonly isNumber: boolean;
}

function checkClaim(checker: Checker, statement: ExpectStatement, known: Claimable): void {
  const { value, within } = statement;
  const comparison = comparisonOf(value);
  if (comparison === undefined) {
    checker.report.error('CX5012', value.span, 'a claim compares metrics', {
      expected: '`error < error of "L_g only"`, `a ~ b`, `a < b < c`',
    });
    sideOf(checker, value, known);
    return;
  }
  const sides = [comparison.first, ...comparison.rest.map((each) => each.operand)].map((each) => sideOf(checker, each, known)); // prettier-ignore
  const operators = comparison.rest.map((each) => each.operator);
  const directions = new Set(operators.map((operator) => (operator.startsWith('<') ? '<' : operator.startsWith('>') ? '>' : operator))); // prettier-ignore
  if (directions.size > 1)
    checker.report.error('CX5012', value.span, 'a chain goes one way', {
      expected: '`a < b < c` or `a > b > c`',
      found: operators.join(' … '),
      help: 'write two claims',
    });
  if (operators.includes('!=')) checker.report.error('CX5012', value.span, 'that two means differ is no claim: say which is larger', { expected: '`<`, `>` or `~`' }); // prettier-ignore
  const told = sides.flatMap((side) => side ?? []);
  if (told.length === sides.length && told.every((side) => side.isNumber))
    checker.report.error('CX5012', value.span, 'this compares numbers of the file, and no metric', { expected: '`error < 5`' }); // prettier-ignore
  reportUnits(checker, told);
  if (within !== undefined) checkWithin(checker, within, operators, told);
}

/** The law: a number is compared in the unit of the metric; a percentage with a share is a slip of a hundred. */
function reportUnits(checker: Checker, sides: readonly Side[]): void {
  const [first] = sides.filter((side) => side.unit !== undefined && !side.isNumber);
  if (first === undefined) return;
  const { unit } = first;
  for (const side of sides) {
    if (side.unit === undefined || side.unit === unit) continue;
    checker.report.error('CX5003', side.expression.span, `this is in ${wordOf(side.unit)}, and the other side in ${wordOf(unit)}`, {
      related: [{ span: first.expression.span, label: `in ${wordOf(unit)}` }],
      help: 'compare in one unit',
    }); // prettier-ignore
  }
}

/** `one`: a metric without `in …`. */
const wordOf = (unit: string | undefined): string => (unit === undefined || unit === '' ? 'no unit' : unit);

/** `within 0.5 %`: an amount of the metric, or a share of it. */
function checkWithin(checker: Checker, within: Expression, operators: readonly string[], sides: readonly Side[]): void {
  const { report } = checker;
  const number = within.kind === 'quantity' ? within : undefined;
  if (number === undefined || number.value <= 0) {
    report.error('CX5006', within.span, '`within` is an amount above 0', { expected: '`within 0.5`, `within 0.5 %`' });
    return;
  }
  if (operators.some((operator) => operator !== '~' && operator !== '=='))
    report.error('CX5012', within.span, '`within` says how close two metrics are', { expected: '`a ~ b within 0.5 %`', found: operators.join(' … ') }); // prettier-ignore
  const unit = number.unit?.text;
  const measured = sides.find((side) => side.unit !== undefined && side.unit !== '')?.unit;
  if (unit !== undefined && unit !== '%' && unit !== measured)
    report.error('CX5003', within.span, `an amount in ${unit} of a metric in ${wordOf(measured)}`, { help: 'give the amount in the unit of the metric, or as a share in %' }); // prettier-ignore
}

const comparing: ReadonlySet<string> = new Set(['==', '!=', '<', '<=', '>', '>=', '~']);

export function comparisonOf(value: Expression): Pick<Comparison, 'first' | 'rest'> | undefined {
  if (value.kind === 'comparison') return value;
  if (value.kind === 'binary' && comparing.has(value.operator))
    return { first: value.left, rest: [{ operator: value.operator, operand: value.right }] };
  // a point at the end qualifies both sides: `a > b at size = 5 %`
  if (value.kind === 'at-point') {
    const inner = comparisonOf(value.value);
    const at = (expression: Expression): Expression => (hasPoint(expression) ? expression : { ...value, value: expression }); // prettier-ignore
    return inner === undefined ? undefined : { first: at(inner.first), rest: inner.rest.map((each) => ({ ...each, operand: at(each.operand) })) }; // prettier-ignore
  }
  return undefined;
}

function hasPoint(expression: Expression): boolean {
  if (expression.kind === 'at-point') return true;
  return 'value' in expression && typeof expression.value === 'object' && hasPoint(expression.value);
}

/** Undefined where a fault was told. */
function sideOf(checker: Checker, expression: Expression, known: Claimable): Side | undefined {
  const inner = (value: Expression): Side | undefined => {
    const side = sideOf(checker, value, known);
    return side === undefined ? undefined : { ...side, expression };
  };
  switch (expression.kind) {
    case 'binary': {
      if (comparing.has(expression.operator)) {
        checker.report.error('CX5012', expression.span, 'a comparison inside a formula claims nothing');
        return undefined;
      }
      const [left, right] = [sideOf(checker, expression.left, known), sideOf(checker, expression.right, known)];
      if (left === undefined || right === undefined) return undefined;
      // a factor has no unit; a sum has that of its terms
      const unit = left.isNumber ? right.unit : left.unit;
      return { expression, unit, isNumber: left.isNumber && right.isNumber };
    }
    case 'unary':
      return inner(expression.operand);
    case 'tuple': {
      const [only, more] = expression.items;
      if (only !== undefined && more === undefined) return inner(only);
      break;
    }
    case 'quantity':
      return { expression, unit: expression.unit?.text, isNumber: true };
    case 'in-unit': {
      const side = inner(expression.value);
      return side === undefined ? undefined : { ...side, unit: expression.unit.text };
    }
    case 'of-row':
      checkRow(checker, expression, known);
      return inner(expression.value);
    case 'at-point':
      checkPoint(checker, expression, known);
      return inner(expression.value);
    case 'index': {
      // one entry of a metric that keeps an item axis: `R1["speech"]`
      return metricSide(checker, expression.object, undefined, known, expression);
    }
    case 'on-data':
      return metricSide(checker, expression.value, expression.data.text, known, expression);
    default:
  }
  return metricSide(checker, expression, undefined, known, expression);
}

function metricSide(
  checker: Checker,
  named: Expression,
  data: string | undefined,
  known: Claimable,
  expression: Expression,
): Side | undefined {
  const { report } = checker;
  if (named.kind === 'index') return metricSide(checker, named.object, data, known, expression);
  const name = dottedName(named);
  if (name === undefined) return report.error('CX5012', named.span, 'a claim compares metrics, and this is none');
  const combined = known.combined.find((each) => each.name === name);
  if (combined !== undefined) return { expression, unit: combined.unit ?? '', isNumber: false };
  const found = measuredBy(known.stages, name, data);
  if (found !== undefined) {
    const metric = found.evaluation.metrics.find((each) => each.name === found.metric);
    reportEntries(checker, metric, expression);
    return { expression, unit: metric?.unit ?? '', isNumber: false };
  }
  const declaration = checker.root.declarations.find(name, 'value');
  if (declaration?.kind === 'const') return { expression, unit: undefined, isNumber: true };
  if (checker.holes) return undefined;
  const names = [...known.combined.map((each) => each.name), ...known.stages.flatMap(({ evaluations }) => evaluations.flatMap((each) => each.metrics.flatMap((metric) => [metric.name, `${each.name}.${metric.name}`])))]; // prettier-ignore
  const suggestion = nearestName(name, names);
  const elsewhere = data === undefined ? undefined : measuredBy(known.stages, name, undefined);
  return report.error('CX2001', named.span, elsewhere === undefined ? `no evaluation measures \`${name}\`` : `\`${name}\` is not measured on \`${data ?? ''}\``, {
    ...(names.length === 0 ? {} : { expected: [...new Set(names)].join(', ') }),
    ...(suggestion === undefined || elsewhere !== undefined ? { help: elsewhere === undefined ? 'write `metric name = …` in an `evaluate` block' : `it is measured on \`${elsewhere.evaluation.data}\`` } : { suggestion }),
  }); // prettier-ignore
}

/** A table is compared entry by entry: one of them is named. */
function reportEntries(checker: Checker, metric: CheckedMetric | undefined, expression: Expression): void {
  if (metric === undefined) return;
  const axes = metric.typed.type.axes;
  const given = indexItems(expression);
  if (axes.length === given) return;
  checker.report.error('CX3010', expression.span, axes.length === 0 ? `\`${metric.name}\` is one number, and has no entries` : `\`${metric.name}\` is a table over ${axes.map((axis) => `\`${axis.name}\``).join(', ')}, and a claim compares numbers`, {
    ...(axes.length === 0 ? {} : { expected: `\`${metric.name}[${axes.map(() => '"entry"').join(', ')}]\`` }),
    related: [{ span: metric.span, label: 'measured here' }],
  }); // prettier-ignore
}

function indexItems(expression: Expression): number {
  if (expression.kind === 'index') return expression.items.length;
  return 'value' in expression && typeof expression.value === 'object' ? indexItems(expression.value) : 0;
}

function checkRow(checker: Checker, { row }: OfRow, { rows }: Claimable): void {
  const label = row.kind === 'string' ? row.value : row.name;
  const known = ['full', ...rows.map((each) => each.label)];
  if (known.includes(label)) return;
  const suggestion = nearestName(label, known);
  checker.report.error('CX2001', row.span, `there is no row "${label}"`, {
    expected: known.map((each) => `"${each}"`).join(', '),
    ...(suggestion === undefined ? {} : { suggestion }),
  });
}

/** `at tune` is a stage, `at size = 5 %` a point of a sweep: by its name, or by what it sets. */
function checkPoint(checker: Checker, { point, equals }: AtPoint, { stageNames, sweeps }: Claimable): void {
  const { report } = checker;
  if (equals === undefined) {
    if (stageNames.includes(point.text)) return;
    const suggestion = nearestName(point.text, stageNames);
    report.error('CX2001', point.span, `there is no stage \`${point.text}\``, {
      expected: stageNames.join(', '),
      ...(sweeps.some((sweep) => sweep.name === point.text) ? { help: `a point of a sweep has its value: \`at ${point.text} = …\`` } : suggestion === undefined ? {} : { suggestion }),
    }); // prettier-ignore
    return;
  }
  const fields = sweeps.flatMap((sweep) =>
    sweep.fields.flatMap((field) => {
      const [last] = field.path.split('.').slice(-1);
      const named = field.path === point.text || last === point.text || (sweep.name === point.text && sweep.fields.length === 1); // prettier-ignore
      return named ? [field] : [];
    }),
  );
  const [field] = fields;
  if (field === undefined) {
    const names = sweeps.flatMap((sweep) => [sweep.name, ...sweep.fields.map((each) => each.path)]);
    const suggestion = nearestName(point.text, names);
    report.error('CX2001', point.span, `no sweep sets \`${point.text}\``, {
      ...(names.length === 0 ? { help: 'declare it: `sweep { λ: [0, 0.5, 1] }`' } : { expected: names.join(', ') }),
      ...(suggestion === undefined ? {} : { suggestion }),
    });
    return;
  }
  const wanted = valueText(equals);
  if (fields.some((each) => each.values.includes(wanted))) return;
  report.error('CX2001', equals.span, `the sweep has no point \`${point.text} = ${wanted}\``, {
    expected: field.values.join(', '),
  });
}
