import { nearestName } from '../common/suggest.ts';
import type { Reporter } from '../diagnostics/reporter.ts';
import type { CompilerHost, Module, ModuleGraph } from '../resolve/modules.ts';
import type { AblateStatement, EvaluateStatement, Expression, Row, SeedsStatement, Statement } from '../syntax/ast.ts';
import type { Span } from '../source/span.ts';
import type { Typed } from './typed.ts';
import { printAxes } from '../types/value-type.ts';
import { cast, constantOf } from './build.ts';
import type {
  CheckedEvaluation, CheckedExperiment, CheckedMetric, CheckedRow,
} from './checked.ts'; // prettier-ignore
import { Checker } from './checker.ts';
import { checkData, columnsOf, unknownData } from './data.ts';
import { checkEntries } from './entries.ts';
import { checkExpectations } from './expectations.ts';
import { axisOfDeclaration } from './declared-axis.ts';
import { declaredValue } from './declared-values.ts';
import { bindPattern } from './bind-pattern.ts';
import { checkExpression } from './expressions.ts';
import { Fields } from './fields.ts';
import { checkFnBodies } from './fn-bodies.ts';
import { printFormula } from './print-formula.ts';
import { reachability, reachable } from './reachability.ts';
import { Scope } from './scope.ts';
import { sourceText } from './source-text.ts';
import { checkTraining } from './training.ts';

const notBuilt: Partial<Record<Statement['kind'], string>> = {
  extends: '`extends`', remove: '`remove`', set: '`set`', augment: '`augment`', pipe: '`pipe`', tokenizer: '`tokenizer`',
  wrap: '`wrap`', maximize: '`maximize`', stage: '`stage`',
  figure: '`figure`', sweep: '`sweep`', metric: 'a metric outside `evaluate`',
}; // prettier-ignore

/** Checks one experiment, or one row of its ablations. Undefined where it is too broken to describe. */
export function checkExperiment(
  graph: ModuleGraph,
  host: CompilerHost,
  report: Reporter,
  row = 'full',
): CheckedExperiment | undefined {
  const { root } = graph;
  if (root === undefined) return undefined;
  const statements = root.file.statements;
  checkEdition(root, report);
  for (const statement of statements) {
    const what = notBuilt[statement.kind];
    if (what !== undefined)
      report.error('CX0001', statement.span, `${what} is not implemented yet`, {
        help: 'grammar/README.md marks what this version builds',
      });
  }
  const overrides = rowOverrides(root, row, report);
  if (overrides === undefined) return undefined;
  const checker = new Checker(
    { expression: checkExpression, value: declaredValue, axis: axisOfDeclaration },
    root,
    host,
    report,
    overrides,
  );

  // every declaration is checked, read or not: all faults at once
  for (const declaration of root.declarations.all) {
    if (notBuilt[declaration.kind] !== undefined) continue;
    if (declaration.space === 'value') checker.declared(declaration, root, declaration.name.span);
    if (declaration.space === 'axis') checker.declaredAxis(declaration, root);
  }
  for (const imported of root.imports.values()) {
    if (imported.declaration.space === 'axis') checker.declaredAxis(imported.declaration, imported.module);
  }
  checkFnBodies(checker);
  const { specs: data, incomplete } = checkData(checker);
  checkRows(root, checker);
  for (const { name } of root.declarations.all) {
    if (name.text === 'batch')
      report.error('CX2002', name.span, '`batch` is the axis of the samples, in every file', { help: 'choose another name' }); // prettier-ignore
  }
  checkOnce(root, report);
  checkStateStatements(checker);
  const seeds = seedsOf(checker, statements);
  const experiment = statements.find((statement) => statement.kind === 'experiment');
  if (experiment === undefined) return undefined;
  const training = checkTraining(checker, data);
  const evaluations = statements.flatMap((statement) =>
    statement.kind === 'evaluate' ? checkEvaluation(checker, statement, data) : [],
  );
  checkEvaluationNames(evaluations, report);
  checkExpectations(checker, evaluations);
  if (training === undefined) return undefined;
  const values = root.declarations.all.flatMap((declaration) => {
    const value = ['let', 'loss'].includes(declaration.kind)
      ? checker.declared(declaration, root, declaration.name.span)
      : undefined;
    return value?.kind === 'tensor' ? [{ name: declaration.name.text, typed: value.typed }] : [];
  });
  const checked: CheckedExperiment = {
    name: experiment.name.text,
    title: experiment.title?.value ?? '',
    row,
    columns: [...checker.columns.values()].map((entry) => entry.column),
    vocabularies: [...checker.vocabularies.values()],
    prompts: [...checker.prompts.values()],
    instances: [...checker.instances.values()].map((instance) => {
      const parts = checker.partsOf(instance.name);
      return Object.keys(parts).length === 0 ? instance : { ...instance, parts };
    }),
    parameters: [...checker.parameterSettings].map(([name, settings]) => ({ name, ...settings })),
    weights: [...checker.weights.values()].map((weight) => ({
      name: weight.name,
      value: weight.constant,
      span: weight.span,
    })),
    data,
    values,
    training,
    evaluations,
    seeds,
    rows: rowsOf(statements),
    expectations: statements.flatMap((statement) =>
      statement.kind === 'expect' ? [{ text: sourceText(graph, statement.span), span: statement.span }] : [],
    ),
  };
  if (!checker.holes) {
    const losses = training.terms.map((term) => term.typed);
    const vocabularies = new Map(
      checked.vocabularies.map(({ name, entries }) => [
        name,
        entries.length === 0 ? Number.POSITIVE_INFINITY : entries.length,
      ]),
    );
    checkEntries(losses, { batch: training.batch, vocabularies }, 'a batch', report);
    reportUnread(checker);
    columnsThere(checked, incomplete, report);
    reachability(checked, training, report);
  }
  return withTokenizers(checked, checker);
}

/** A loss or weight that is left out of the objective is mostly forgotten, not meant. */
function reportUnread({ root, read, report }: Checker): void {
  for (const { kind, name } of root.declarations.all) {
    if ((kind !== 'loss' && kind !== 'weight' && kind !== 'const') || read.has(name.text)) continue;
    report.error('CX4006', name.span, `the ${kind} \`${name.text}\` is declared, and nothing reads it`, {
      severity: 'warning',
      help: { const: 'remove it', weight: 'multiply a term of `minimize` by it, or remove it', loss: 'add it to `minimize`, measure it in an `evaluate` block, or remove it' }[kind], // prettier-ignore
    });
  }
}

/** Statements that say one thing about the whole file stand in it once. */
function checkOnce(root: Module, report: Reporter): void {
  for (const kind of ['edition', 'experiment', 'seeds'] as const) {
    const [first, second] = root.file.statements.filter((statement) => statement.kind === kind);
    if (first === undefined || second === undefined) continue;
    const word = kind === 'edition' ? 'clipx' : kind;
    report.error('CX2002', second.span, `there are two \`${word}\` statements`, {
      related: [{ span: first.span, label: 'the first' }],
      help: 'remove one of the two',
    });
  }
}

/** `trainable E` as a statement names a part that is there. */
function checkStateStatements(checker: Checker): void {
  const { root, report } = checker;
  const parts = root.declarations.all.filter((each) => ['encoder', 'module', 'param'].includes(each.kind));
  for (const statement of root.file.statements) {
    if (statement.kind !== 'state') continue;
    for (const path of statement.paths) {
      const name = path.head.text;
      const part = parts.find((each) => each.name.text === name);
      if (part !== undefined) {
        if (part.kind === 'param' && path.steps.length > 0)
          report.error('CX4005', path.span, `\`${name}\` is one tensor and has no parts`);
        if (path.steps.length === 0 && statement.settings !== undefined)
          checker.notImplemented(statement.settings.span, 'settings of a whole encoder or module in a statement');
        continue;
      }
      const suggestion = nearestName(name, parts.map((each) => each.name.text)); // prettier-ignore
      report.error('CX2001', path.head.span, `there is no encoder, module or param \`${name}\``, {
        ...(suggestion === undefined
          ? { expected: parts.map((each) => each.name.text).join(', ') || 'one that this file declares' }
          : { suggestion }),
      });
    }
  }
}

function checkEvaluationNames(evaluations: readonly CheckedEvaluation[], report: Reporter): void {
  const seen = new Map<string, CheckedEvaluation>();
  for (const evaluation of evaluations) {
    const twin = seen.get(evaluation.name);
    if (twin !== undefined) {
      report.error('CX2002', startOf(evaluation.span, 'evaluate'), `there are two evaluations called \`${evaluation.name}\``, {
        related: [{ span: startOf(twin.span, 'evaluate'), label: 'the first' }],
        help: 'name one: `evaluate name on …`',
      }); // prettier-ignore
    }
    seen.set(evaluation.name, evaluation);
  }
}

/** Every column that a function reads, its data set has. */
function columnsThere(checked: CheckedExperiment, incomplete: ReadonlySet<string>, report: Reporter): void {
  const specs = new Map(checked.data.map((spec) => [spec.name, spec]));
  const missing = (roots: readonly Typed[], data: string | undefined, statement: Span, word: string): void => {
    if (data !== undefined && incomplete.has(data)) return;
    const span = startOf(statement, word);
    const present = data === undefined ? new Set<string>() : columnsOf(data, specs);
    for (const typed of reachable(roots)) {
      if (typed.op !== 'column' || typed.args.length > 0 || present.has(typed.attributes.column)) continue;
      const { column } = typed.attributes;
      report.error(
        'CX5011',
        span,
        data === undefined
          ? `\`${column}\` is read, and there are no data`
          : `\`${data}\` has no column \`${column}\`, which is read here`,
        {
          related: [{ span: typed.span, label: `the input \`${column}\`` }],
          ...(data === undefined
            ? { help: 'write `train on …`' }
            : { found: [...present].join(', '), help: `add it to the column map: \`${column}: "…"\`` }),
        },
      );
    }
  };
  missing(
    checked.training.terms.map((term) => term.typed),
    checked.training.data,
    checked.training.span,
    'train',
  );
  for (const evaluation of checked.evaluations)
    missing(
      evaluation.metrics.map((metric) => metric.typed),
      evaluation.data,
      evaluation.span,
      'evaluate',
    );
}

/** A text column is tokenised for the tower that reads it. */
function withTokenizers(checked: CheckedExperiment, checker: Checker): CheckedExperiment {
  const readers = new Map<string, { readonly tokenizer: string; readonly span: Span }>();
  const metrics = checked.evaluations.flatMap((evaluation) => evaluation.metrics.map((metric) => metric.typed));
  for (const typed of reachable([...checked.training.terms.map((term) => term.typed), ...metrics])) {
    const [argument] = typed.args;
    // the texts of a prompt that depends on the sample are a column of its own
    const text = argument?.op === 'prompt' ? argument.args[0] : argument;
    if (typed.op !== 'call' || text?.op !== 'column' || text.type.element !== 'text') continue;
    const shape = checker.instances.get(typed.attributes.owner)?.shape;
    const towers = shape?.kind === 'encoder' && shape.config.kind === 'clip';
    const tokenizer = towers ? `${typed.attributes.owner}.text` : typed.attributes.owner;
    const { column } = text.attributes;
    const earlier = readers.get(column);
    if (earlier !== undefined && earlier.tokenizer !== tokenizer)
      checker.notImplemented(typed.span, `a text column that two towers read (\`${column}\`)`);
    readers.set(column, { tokenizer, span: typed.span });
  }
  const columns = checked.columns.map((column) => {
    const reader = readers.get(column.name);
    return column.kind === 'text' && reader !== undefined ? { ...column, tokenizer: reader.tokenizer } : column;
  });
  return { ...checked, columns };
}

function checkEdition(root: Module, report: Reporter): void {
  const [first] = root.file.statements;
  if (first?.kind === 'edition') {
    if (first.version.value !== 1)
      report.error(
        'CX5009',
        first.version.span,
        `this is clipx edition ${first.version.text}, and this compiler knows edition 1`,
        { expected: '`clipx 1`' },
      );
    return;
  }
  report.error('CX5009', { file: root.path, start: 0, end: 0 }, 'the first line names the edition of the language', {
    expected: '`clipx 1`',
    fix: { span: { file: root.path, start: 0, end: 0 }, replacement: 'clipx 1\n\n', title: 'add the edition' },
  });
}

// ── evaluation ───────────────────────────────────────────────────────

function checkEvaluation(
  checker: Checker,
  statement: EvaluateStatement,
  data: CheckedExperiment['data'],
): CheckedEvaluation[] {
  if (statement.each) {
    checker.notImplemented(statement.span, '`evaluate on each`');
    return [];
  }
  const scope = new Scope(checker.root, '', checker.fileScope(checker.root));
  const metrics: CheckedMetric[] = [];
  const names = new Set<string>();
  for (const item of statement.items) {
    if (item.kind === 'let') bindPattern(checker, item, scope);
    else if (item.kind === 'fn') scope.bind(item.name.text, { kind: 'fn', fn: item, module: checker.root });
    else if (item.kind === 'metric') {
      if (names.has(item.name.text))
        checker.report.error('CX2002', item.name.span, `the metric \`${item.name.text}\` is declared twice here`);
      names.add(item.name.text);
      const metric = checkMetric(checker, item.name.text, item.value, scope);
      if (metric !== undefined) metrics.push(metric);
    }
  }
  const fields = new Fields(
    checker,
    scope,
    { fields: statement.items.filter((item) => item.kind === 'field') },
    'evaluate',
  );
  const every = fields.duration('every');
  const batch = fields.whole('batch') ?? 128;
  fields.later('views', 'draws', 'best', 'memory', 'chunk');
  fields.close();
  if (statement.targets.length === 0) {
    checker.report.error('CX5005', startOf(statement.span, 'evaluate'), 'an evaluation names its data', {
      expected: '`evaluate on target { … }`',
    });
    return [];
  }
  const known = new Map(data.map((spec) => [spec.name, spec]));
  return statement.targets.flatMap((target): CheckedEvaluation[] => {
    if (target.over !== undefined) {
      checker.notImplemented(target.over.span, '`over` a part of a vocabulary');
      return [];
    }
    const name = target.data.map((part) => part.text).join('.');
    if (!known.has(name)) return unknownData(checker, name, target.span) ?? [];
    const prefix = statement.name?.text;
    const label = target.label?.text ?? name;
    return [{
      name: prefix === undefined ? label : statement.targets.length === 1 ? prefix : `${prefix}.${label}`,
      data: name, metrics, batch, span: statement.span,
      ...(every === undefined ? {} : { every }),
    }]; // prettier-ignore
  });
}

function checkMetric(checker: Checker, name: string, expression: Expression, scope: Scope): CheckedMetric | undefined {
  checker.subject = name;
  const typed = checker.tensor(expression, scope);
  checker.subject = 'main';
  if (typed === undefined) {
    checker.holes = true;
    return undefined;
  }
  reportRandom(checker, name, typed, expression.span);
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
  return { name, formula: printFormula(expression), typed: cast(typed, 'f32'), span: expression.span, ...unit };
}

/** The law: what is reported does not depend on a draw. */
function reportRandom(checker: Checker, name: string, typed: Typed, span: Span): void {
  for (const node of reachable([typed])) {
    if (node.op !== 'random' && node.op !== 'shuffle') continue;
    checker.report.error('CX3015', span, `the metric \`${name}\` depends on a random draw`, {
      related: [{ span: node.span, label: 'drawn here' }],
      help: 'measure a formula without the draw, for example over all pairs',
    });
    return;
  }
}

/** The keyword at the start of a statement: a place to point at where the whole block would be too much. */
const startOf = (span: Span, word: string): Span => ({ ...span, end: Math.min(span.end, span.start + word.length) });

// ── seeds and rows ───────────────────────────────────────────────────

function seedsOf(checker: Checker, statements: readonly Statement[]): readonly number[] {
  const statement = statements.find((each): each is SeedsStatement => each.kind === 'seeds');
  if (statement === undefined) return [1];
  const whole = (expression: Expression | undefined): number | undefined => {
    const typed = expression === undefined ? undefined : checker.tensor(expression, checker.fileScope(checker.root));
    const value = typed === undefined ? undefined : constantOf(typed);
    return value !== undefined && Number.isInteger(value) && value >= 0 ? value : undefined;
  };
  const { value } = statement;
  if (value.kind === 'range') {
    const [from, to] = [whole(value.from), whole(value.to)];
    if (from !== undefined && to !== undefined && from <= to && to - from < 1000)
      return Array.from({ length: to - from + 1 }, (_, index) => from + index);
  } else if (value.kind === 'list') {
    const seeds = value.items.map((item) => whole(item.value));
    if (seeds.length > 0 && seeds.every((seed) => seed !== undefined))
      return seeds.filter((seed) => seed !== undefined);
  } else {
    const seed = whole(value);
    if (seed !== undefined) return [seed];
  }
  checker.report.error('CX5006', value.span, 'seeds are whole numbers', {
    expected: '`seeds 1..3` or `seeds [1, 5, 9]`',
  });
  return [1];
}

function rowsOf(statements: readonly Statement[]): CheckedRow[] {
  return statements.flatMap((statement) =>
    statement.kind === 'ablate'
      ? statement.rows.map((row) => ({ label: row.label.value, ablation: statement.name.text, span: row.label.span }))
      : [],
  );
}

function findRow(root: Module, label: string): Row | undefined {
  for (const statement of root.file.statements) {
    if (statement.kind !== 'ablate') continue;
    const row = statement.rows.find((each) => each.label.value === label);
    if (row !== undefined) return row;
  }
  return undefined;
}

function rowOverrides(root: Module, label: string, report: Reporter): ReadonlyMap<string, Expression> | undefined {
  const overrides = new Map<string, Expression>();
  if (label === 'full') return overrides;
  const row = findRow(root, label);
  if (row === undefined) {
    const labels = rowsOf(root.file.statements).map((each) => each.label);
    const suggestion = nearestName(label, [...labels, 'full']);
    return report.error('CX2001', undefined, `the experiment has no row "${label}"`, {
      expected: ['full', ...labels].map((each) => `"${each}"`).join(', '),
      ...(suggestion === undefined ? {} : { suggestion }),
    });
  }
  for (const item of row.items) {
    if (item.kind === 'assignment' && item.path.steps.length === 0) overrides.set(item.path.head.text, item.value);
  }
  return overrides;
}

/** Rows that this version can carry out: they set weights, consts and axis sizes by name. */
function checkRows(root: Module, checker: Checker): void {
  const labels = new Set<string>(['full']);
  for (const statement of root.file.statements) {
    if (statement.kind !== 'ablate') continue;
    for (const row of statement.rows) checkRow(checker, root, statement, row, labels);
  }
}

function checkRow(checker: Checker, root: Module, statement: AblateStatement, row: Row, labels: Set<string>): void {
  if (labels.has(row.label.value)) {
    checker.report.error(
      'CX2002',
      row.label.span,
      row.label.value === 'full'
        ? '`full` is reserved for the experiment as it stands'
        : `the row "${row.label.value}" is there twice`,
    );
  }
  labels.add(row.label.value);
  for (const item of row.items) {
    if (item.kind !== 'assignment') {
      checker.notImplemented(item.span, `a row with declarations (\`ablate ${statement.name.text}\`)`);
      continue;
    }
    const name = item.path.head.text;
    const declaration = root.declarations.find(name, 'value', 'axis');
    if (declaration === undefined) {
      const suggestion = nearestName(name, root.declarations.names('value', 'axis'));
      checker.report.error(
        'CX2001',
        item.path.span,
        `there is nothing called \`${name}\` for the row to change`,
        suggestion === undefined ? { expected: 'a weight, a const or an axis of this file' } : { suggestion },
      );
    } else if (item.path.steps.length > 0 || !['weight', 'const', 'axis'].includes(declaration.kind)) {
      checker.notImplemented(item.path.span, 'a row that sets anything but a weight, a const or the size of an axis');
    }
  }
}
