import { nearestName } from '../common/suggest.ts';
import type { DatasetSpec } from '../program/dataset.ts';
import { evaluationName } from '../resolve/statement-keys.ts';
import type { Span } from '../source/span.ts';
import type { EvaluateStatement, Expression, Target } from '../syntax/ast.ts';
import { defaultOf } from '../types/catalogue/default-of.ts';
import { evaluate } from '../types/catalogue/statements/evaluate.ts';
import { printAxes } from '../types/value-type.ts';
import { bindPattern } from './bind-pattern.ts';
import { cast } from './build.ts';
import type { CheckedEvaluation, CheckedMetric } from './checked.ts';
import type { Checker } from './checker.ts';
import { unknownData } from './unknown-data.ts';
import { Fields } from './fields.ts';
import { narrowingOf, reportRowsOfWords } from './narrowing.ts';
import { printFormula } from './print-formula.ts';
import { reachable } from './reachability.ts';
import { Scope } from './scope.ts';
import { choiceOf, markedTest } from './selection.ts';
import { startOf } from './start-of.ts';
import { overDraws } from './over-draws.ts';
import { withColumnsOf } from './substitution.ts';
import type { Typed } from './typed.ts';

/** The evaluations of one stage. Reports two of one name and two that select. */
export function checkEvaluations(checker: Checker, data: readonly DatasetSpec[]): readonly CheckedEvaluation[] {
  const evaluations = checker.root.file.statements.flatMap((statement) =>
    statement.kind === 'evaluate' ? checkEvaluation(checker, statement, data) : [],
  );
  const seen = new Map<string, CheckedEvaluation>();
  for (const evaluation of evaluations) {
    const twin = seen.get(evaluation.name);
    if (twin !== undefined) {
      checker.report.error('CX2002', startOf(evaluation.span, 'evaluate'), `there are two evaluations called \`${evaluation.name}\``, {
        related: [{ span: startOf(twin.span, 'evaluate'), label: 'the first' }],
        help: 'name one: `evaluate name on …`',
      }); // prettier-ignore
    }
    seen.set(evaluation.name, evaluation);
  }
  const [first, second] = evaluations.filter((evaluation) => evaluation.best !== undefined);
  if (first !== undefined && second !== undefined) {
    checker.report.error('CX6004', startOf(second.span, 'evaluate'), 'two evaluations select the parameters that are kept', {
      found: `\`best:\` of \`${first.name}\` and of \`${second.name}\``,
      related: [{ span: startOf(first.span, 'evaluate'), label: 'the first' }],
      help: 'keep one `best:`; a metric of metrics can weigh both',
    }); // prettier-ignore
  }
  return evaluations;
}

function checkEvaluation(
  checker: Checker,
  statement: EvaluateStatement,
  data: readonly DatasetSpec[],
): CheckedEvaluation[] {
  const scope = new Scope(checker.root, '', checker.fileScope(checker.root));
  const fields = new Fields(
    checker,
    scope,
    { fields: statement.items.filter((item) => item.kind === 'field') },
    evaluate,
  );
  const views = viewsOf(checker, fields);
  const draws = drawsOf(checker, fields);
  const measured = (within: Scope): CheckedMetric[] => {
    const work = (): CheckedMetric[] => metricsOf(checker, statement, within, views === 'random');
    return draws === undefined ? work() : overDraws(checker, draws, statement.span, work);
  };
  const metrics = measured(scope);
  const every = fields.duration('every');
  const batch = fields.whole('batch') ?? defaultOf(evaluate, 'batch');
  const bestField = fields.field('best');
  const memory = fields.bytes('memory');
  fields.later('chunk');
  fields.close();
  if (statement.targets.length === 0) {
    checker.report.error('CX5005', startOf(statement.span, 'evaluate'), 'an evaluation names its data', {
      expected: '`evaluate on target { … }`',
    });
    return [];
  }
  const known = new Map(data.map((spec) => [spec.name, spec]));
  const best = bestField === undefined ? undefined : bestOf(checker, bestField.value, statement, metrics, known);
  return statement.targets.flatMap((target): CheckedEvaluation[] => {
    const name = target.data.map((part) => part.text).join('.');
    if (!known.has(name)) return unknownData(checker, name, target.span) ?? [];
    const over = narrowingOf(checker, target, name, known);
    if (over !== undefined) reportRowsOfWords(checker, over, metrics.map((metric) => metric.typed), target.span); // prettier-ignore
    const own = (known.get(name)?.withs ?? []).length === 0 ? metrics : withColumnsOf(checker, name, known, () => measured(new Scope(checker.root, '', checker.fileScope(checker.root)))); // prettier-ignore
    return [{
      name: evaluationName(statement.name?.text, target, statement.targets.length),
      data: name, metrics: own, batch, span: statement.span,
      ...(over === undefined ? {} : { over }),
      ...(statement.each ? { each: true } : {}),
      ...(every === undefined ? {} : { every }),
      ...(best?.target === target ? { best: best.choice } : {}),
      ...(views === undefined ? {} : { views }),
      ...(draws === undefined ? {} : { draws }),
      ...(memory === undefined ? {} : { memory }),
    }]; // prettier-ignore
  });
}

/** `lets`, fns and metrics in the order of the block: a metric may be read by those after it. */
function metricsOf(checker: Checker, statement: EvaluateStatement, scope: Scope, random: boolean): CheckedMetric[] {
  const metrics: CheckedMetric[] = [];
  const names = new Set<string>();
  for (const item of statement.items) {
    if (item.kind === 'let') bindPattern(checker, item, scope);
    else if (item.kind === 'fn') scope.bind(item.name.text, { kind: 'fn', fn: item, module: checker.root, scope });
    else if (item.kind === 'metric') {
      const name = item.name.text;
      if (names.has(name))
        checker.report.error('CX2002', item.name.span, `the metric \`${name}\` is declared twice here`);
      names.add(name);
      const metric = checkMetric(checker, name, item.value, scope, random);
      if (metric !== undefined) metrics.push(metric.checked);
      if (scope.value(name) === undefined)
        scope.bind(name, metric === undefined ? { kind: 'unknown' } : { kind: 'tensor', typed: metric.value });
    }
  }
  return metrics;
}

/** A metric, and its value before it is put in a unit, for the metrics that are made of it. */
export function checkMetric(
  checker: Checker,
  name: string,
  expression: Expression,
  scope: Scope,
  random: boolean,
): { readonly checked: CheckedMetric; readonly value: Typed } | undefined {
  checker.subject = name;
  const typed = checker.tensor(expression, scope);
  checker.subject = 'main';
  if (typed === undefined) {
    checker.holes = true;
    return undefined;
  }
  if (!random) reportRandom(checker, name, typed, expression.span);
  const batch = typed.type.axes.find((axis) => axis.kind !== 'item' || axis.id === 'batch' || axis.renames === 'batch');
  if (batch !== undefined) {
    return checker.report.error('CX3010', expression.span, `the metric \`${name}\` is not one number a set`, {
      expected: 'a scalar, or one number per entry of an item axis',
      found: printAxes(typed.type.axes),
      help:
        typed.type.axes.length === 1
          ? 'write `mean(…)` around it'
          : `write \`mean(…)\`, or \`mean(…, over: ${batch.name})\` to keep the other axes`,
    });
  }
  const unit = expression.kind === 'in-unit' ? { unit: expression.unit.text } : {};
  const checked = {
    name,
    formula: printFormula(expression),
    typed: cast(typed, 'f32'),
    span: expression.span,
    ...unit,
  };
  return { checked, value: typed };
}

/** The law: what is reported does not depend on a draw. */
function reportRandom(checker: Checker, name: string, typed: Typed, span: Span): void {
  // what a param starts from is drawn once, before
  for (const node of reachable([typed], ({ op }) => op !== 'parameter')) {
    if (node.op !== 'random' && node.op !== 'shuffle') continue;
    checker.report.error('CX3015', span, `the metric \`${name}\` depends on a random draw`, {
      related: [{ span: node.span, label: 'drawn here' }],
      help: 'measure a formula without the draw, for example over all pairs, or write `views: random` in the evaluation',
    });
    return;
  }
}

/** `views: random` */
function viewsOf(checker: Checker, fields: Fields): 'random' | undefined {
  const field = fields.field('views');
  if (field === undefined) return undefined;
  if (field.value.kind === 'reference' && field.value.name === 'random') return 'random';
  return checker.report.error('CX5006', field.value.span, '`views:` of an evaluation is `random`, or is left out', {
    expected: '`views: random`',
    help: 'without it each view has its deterministic form',
  });
}

/** `draws: 5 of view` */
function drawsOf(checker: Checker, fields: Fields): CheckedEvaluation['draws'] {
  const field = fields.field('draws');
  if (field === undefined) return undefined;
  const { value } = field;
  const count = value.kind === 'qualified' && value.tail === 'of' && value.value.kind === 'quantity' ? value.value.value : undefined; // prettier-ignore
  const of = value.kind === 'qualified' && value.argument.kind === 'reference' ? value.argument : undefined;
  if (count === undefined || of === undefined || !Number.isInteger(count) || count < 1) {
    return checker.report.error('CX5006', value.span, '`draws:` says how many draws of which view', {
      expected: '`draws: 5 of view`',
    });
  }
  const declaration = checker.root.declarations.find(of.name, 'value');
  if (declaration?.kind !== 'augment') {
    const views = checker.root.declarations.all.filter((each) => each.kind === 'augment').map((each) => each.name.text);
    const suggestion = nearestName(of.name, views);
    return checker.report.error('CX2009', of.span, `\`${of.name}\` is no view, and nothing in it is drawn`, {
      expected: views.length === 0 ? 'the name of an `augment` statement' : views.join(', '),
      ...(suggestion === undefined ? {} : { suggestion }),
    });
  }
  return { count, of: of.name };
}

/** `best: max(m on val)`: which of the block's data sets selects, and by what. */
function bestOf(
  checker: Checker,
  expression: Expression,
  statement: EvaluateStatement,
  metrics: readonly CheckedMetric[],
  known: ReadonlyMap<string, DatasetSpec>,
): { readonly target: Target; readonly choice: NonNullable<CheckedEvaluation['best']> } | undefined {
  const choice = choiceOf(checker, expression);
  if (choice === undefined) return undefined;
  const names = statement.targets.map((each) => each.label?.text ?? each.data.map((part) => part.text).join('.'));
  const target = choice.data === undefined ? statement.targets[0] : statement.targets[names.indexOf(choice.data.text)];
  if (target === undefined) {
    return checker.report.error('CX6004', choice.data?.span ?? expression.span, `\`${choice.data?.text ?? ''}\` is not evaluated here`, {
      expected: names.join(', '),
    }); // prettier-ignore
  }
  if (choice.data === undefined && statement.targets.length > 1) {
    return checker.report.error('CX6004', expression.span, 'several data sets are evaluated here: one of them selects', {
      expected: `\`best: ${choice.direction}(${choice.metric} on ${names[0] ?? ''})\``,
    }); // prettier-ignore
  }
  const metric = metrics.find((each) => each.name === choice.metric);
  if (metric === undefined) {
    if (checker.holes) return undefined;
    const suggestion = nearestName(choice.metric, metrics.map((each) => each.name)); // prettier-ignore
    return checker.report.error('CX2001', expression.span, `this evaluation measures no \`${choice.metric}\``, {
      expected: metrics.map((each) => each.name).join(', '),
      ...(suggestion === undefined ? {} : { suggestion }),
    });
  }
  if (metric.typed.type.axes.length > 0) {
    return checker.report.error('CX6004', expression.span, `\`${metric.name}\` is one number for each entry, and one number selects`, {
      found: printAxes(metric.typed.type.axes),
      related: [{ span: metric.span, label: 'the metric' }],
      help: 'add a metric that is its mean, and select by that',
    }); // prettier-ignore
  }
  const data = target.data.map((part) => part.text).join('.');
  const spec = known.get(data);
  const tested = spec === undefined ? undefined : markedTest(spec, known);
  if (tested !== undefined) {
    return checker.report.error('CX5004', expression.span, `\`${data}\` ${tested === data ? 'is' : 'holds data that are'} marked test, and this selects by it`, {
      related: [{ span: target.span, label: 'evaluated here' }],
      help: 'select on a part of the training data: `data train, val = split(…)`',
    }); // prettier-ignore
  }
  return { target, choice: { metric: metric.name, direction: choice.direction } };
}
