import { nearestName } from '../common/suggest.ts';
import type { CombinedMetric, MetricFormula } from '../program/combined-metric.ts';
import type { Expression, MetricStatement, Statement } from '../syntax/ast.ts';
import { constantOf } from './build.ts';
import type { CheckedStage } from './checked.ts';
import type { Checker } from './checker.ts';
import { dottedName } from './dotted-name.ts';
import { printFormula } from './print-formula.ts';
import { measuredBy } from './study.ts';

/** Metrics outside of `evaluate`: numbers made of the numbers that evaluations give. */
export function checkCombined(
  checker: Checker,
  statements: readonly Statement[],
  stages: readonly CheckedStage[],
): readonly CombinedMetric[] {
  const known = new Map<string, CombinedMetric>();
  for (const statement of statements) {
    if (statement.kind !== 'metric') continue;
    const value = formulaOf({ checker, stages, known, statement }, statement.value);
    if (value === undefined) continue;
    const own = statement.value.kind === 'in-unit' ? statement.value.unit.text : unitOf(value, stages);
    const unit = own === undefined ? {} : { unit: own };
    known.set(statement.name.text, {
      name: statement.name.text,
      formula: printFormula(statement.value),
      value,
      ...unit,
    });
  }
  return [...known.values()];
}

/** The stage that a combined metric belongs to: the last that measures something of it. */
export function stageOfCombined({ value }: CombinedMetric, stages: readonly CheckedStage[]): string | undefined {
  const read = new Set(readBy(value).map(({ evaluation }) => evaluation));
  return stages.findLast((stage) => stage.evaluations.some(({ name }) => read.has(name)))?.name;
}

type ReadMetric = Extract<MetricFormula, { kind: 'metric' }>;

function readBy(formula: MetricFormula): ReadMetric[] {
  if (formula.kind === 'metric') return [formula];
  if (formula.kind === 'one') return readBy(formula.of);
  return formula.kind === 'two' ? [...readBy(formula.left), ...readBy(formula.right)] : [];
}

/** The unit of what it is made of, where that is one and the formula keeps it, as means of all kinds do. */
function unitOf(value: MetricFormula, stages: readonly CheckedStage[]): string | undefined {
  const units = readBy(value).map(({ evaluation, metric }) => {
    const found = stages.flatMap((stage) => stage.evaluations).find(({ name }) => name === evaluation);
    return found?.metrics.find(({ name }) => name === metric)?.unit;
  });
  const [unit] = units;
  return units.every((each) => each === unit) && powerOf(value) === 1 ? unit : undefined;
}

/** To which power the unit of its metrics stands in a formula: 1 in `(a + b) / 2` and `2 * a * b / (a + b)`. Undefined where it has none. */
function powerOf(formula: MetricFormula): number | undefined {
  switch (formula.kind) {
    case 'number':
      return 0;
    case 'metric':
      return 1;
    case 'one': {
      const of = powerOf(formula.of);
      if (of === undefined) return undefined;
      if (formula.op === 'neg' || formula.op === 'abs') return of;
      return formula.op === 'sqrt' ? of / 2 : of === 0 ? 0 : undefined;
    }
    case 'two': {
      const [left, right] = [powerOf(formula.left), powerOf(formula.right)];
      if (left === undefined || right === undefined) return undefined;
      if (formula.op === 'mul') return left + right;
      if (formula.op === 'div') return left - right;
      if (formula.op === 'pow') return formula.right.kind === 'number' ? left * formula.right.value : undefined;
      return left === right ? left : undefined;
    }
  }
}

interface Context {
  readonly checker: Checker;
  readonly stages: readonly CheckedStage[];
  readonly known: ReadonlyMap<string, CombinedMetric>;
  readonly statement: MetricStatement;
}

const two = { '+': 'add', '-': 'sub', '*': 'mul', '/': 'div', '^': 'pow' } as const;
const calls = { sqrt: 'sqrt', log: 'log', exp: 'exp', abs: 'abs' } as const;

function formulaOf(context: Context, expression: Expression): MetricFormula | undefined {
  const { checker, stages, known } = context;
  switch (expression.kind) {
    case 'in-unit': {
      const value = formulaOf(context, expression.value);
      const factor = { '%': 100, deg: 180 / Math.PI }[expression.unit.text] ?? 1;
      return value === undefined || factor === 1 ? value : { kind: 'two', op: 'mul', left: value, right: { kind: 'number', value: factor } }; // prettier-ignore
    }
    case 'tuple': {
      const [only, more] = expression.items;
      if (only !== undefined && more === undefined) return formulaOf(context, only);
      break;
    }
    case 'unary': {
      const of = expression.operator === '-' ? formulaOf(context, expression.operand) : undefined;
      if (expression.operator === '-') return of === undefined ? undefined : { kind: 'one', op: 'neg', of };
      break;
    }
    case 'binary': {
      const op = two[expression.operator as keyof typeof two];
      if (op === undefined) break;
      const [left, right] = [formulaOf(context, expression.left), formulaOf(context, expression.right)];
      return left === undefined || right === undefined ? undefined : { kind: 'two', op, left, right };
    }
    case 'call': {
      const name = expression.callee.kind === 'reference' ? expression.callee.name : '';
      const args = expression.args.map((argument) => formulaOf(context, argument.value));
      const [left, right] = args;
      if (args.includes(undefined)) return undefined;
      const op = calls[name as keyof typeof calls];
      if (op !== undefined && left !== undefined && args.length === 1) return { kind: 'one', op, of: left };
      if ((name === 'min' || name === 'max') && left !== undefined && right !== undefined && args.length === 2)
        return { kind: 'two', op: name, left, right };
      break;
    }
    default:
  }
  const name = dottedName(expression.kind === 'on-data' ? expression.value : expression);
  if (name === undefined) {
    const typed = expression.kind === 'quantity' ? checker.tensor(expression, checker.fileScope(checker.root)) : undefined; // prettier-ignore
    const value = typed === undefined ? undefined : constantOf(typed);
    if (value !== undefined) return { kind: 'number', value };
    return checker.report.error('CX2009', expression.span, 'a metric outside of `evaluate` is made of metrics and numbers', {
      expected: '`2 * base.top1 * new.top1 / (base.top1 + new.top1)`',
      help: 'what reads samples is measured in an `evaluate` block',
    }); // prettier-ignore
  }
  const earlier = known.get(name);
  if (earlier !== undefined) return earlier.value;
  const found = measuredBy(stages, name, expression.kind === 'on-data' ? expression.data.text : undefined);
  if (found !== undefined) {
    const metric = found.evaluation.metrics.find((each) => each.name === found.metric);
    if ((metric?.typed.type.axes.length ?? 0) > 0)
      return checker.report.error('CX3010', expression.span, `\`${name}\` is one number for each entry`, { help: 'measure its mean too, and combine that' }); // prettier-ignore
    return { kind: 'metric', evaluation: found.evaluation.name, metric: found.metric };
  }
  const declaration = checker.root.declarations.find(name, 'value');
  if (declaration?.kind === 'const') {
    const typed = checker.tensor(expression, checker.fileScope(checker.root));
    const value = typed === undefined ? undefined : constantOf(typed);
    if (value !== undefined) return { kind: 'number', value };
  }
  if (checker.holes) return undefined;
  const names = stages.flatMap((stage) => stage.evaluations.flatMap((each) => each.metrics.map((metric) => `${each.name}.${metric.name}`))); // prettier-ignore
  const suggestion = nearestName(name, names);
  return checker.report.error('CX2001', expression.span, `no evaluation measures \`${name}\``, {
    ...(names.length === 0 ? {} : { expected: [...new Set(names)].slice(0, 12).join(', ') }),
    ...(suggestion === undefined ? {} : { suggestion }),
  });
}
