import { nearestName } from '../common/suggest.ts';
import type { Reporter } from '../diagnostics/reporter.ts';
import type { CompilerHost, Module, ModuleGraph } from '../resolve/modules.ts';
import { variantModule } from '../resolve/rows.ts';
import { stagesOf, type StageModule } from '../resolve/stages.ts';
import type { Statement } from '../syntax/ast.ts';
import type { TinySizes } from '../types/tiny-sizes.ts';
import type { CheckedExperiment, CheckedStage } from './checked.ts';
import { Checker, type SharedFinding } from './checker.ts';
import { checkCombined } from './combined.ts';
import { columnsThere, textReaders, withTokenizers } from './data-columns.ts';
import { pictureReaders, withPreprocessing } from './preprocessing.ts';
import { checkData } from './data.ts';
import { checkGuards } from './guards.ts';
import { axisOfDeclaration } from './declared-axis.ts';
import { declaredValue } from './declared-values.ts';
import { reportDuplicates } from './duplicates.ts';
import { checkEntries } from './entries.ts';
import { checkEvaluations } from './evaluations.ts';
import { claimOf } from './claims.ts';
import { checkExpectations } from './expectations.ts';
import { checkExpression } from './expressions.ts';
import { checkFigures } from './figures.ts';
import { checkFnBodies } from './fn-bodies.ts';
import { checkWraps } from './parts/wraps.ts';
import { reportTextsInTraining } from './generate.ts';
import { reachability, rootsOf } from './reachability.ts';
import { sourceText } from './source-text.ts';
import { statesIn } from './stage-states.ts';
import { stopRuleOf } from './stop-rule.ts';
import { checkSweeps, checkVariants, seedsOf } from './study.ts';
import { withColumnsOf } from './substitution.ts';
import { tinyStage } from './tiny.ts';
import { checkTraining } from './training.ts';

/** Checks one experiment, or one row of its ablations; `tiny`: for random data. Undefined where it is too broken to describe. */
export function checkExperiment(
  graph: ModuleGraph,
  host: CompilerHost,
  report: Reporter,
  row = 'full',
  tiny?: TinySizes,
): CheckedExperiment | undefined {
  const root = row === 'full' || graph.root === undefined ? graph.root : variantModule(graph.root, row, report);
  if (root === undefined) return undefined;
  const { statements } = root.file;
  checkEdition(root, report);
  for (const { name } of root.declarations.all) {
    if (name.text === 'batch')
      report.error('CX2002', name.span, '`batch` is the axis of the samples, in every file', { help: 'choose another name' }); // prettier-ignore
  }
  checkOnce(root, report);
  const experiment = statements.find((statement) => statement.kind === 'experiment');
  const stages: StageCheck[] = [];
  for (const stage of stagesOf(root, report))
    stages.push(new StageCheck(stage, host, report, experiment !== undefined, tiny, nearest(stages, stage)));
  const checkers = stages.map((stage) => stage.checker);
  reportRemoved(root, checkers, report);
  const [last] = stages.slice(-1);
  if (last === undefined) return undefined;
  const rows = checkVariants(last.checker, statements);
  const seeds = seedsOf(last.checker, statements);
  if (experiment === undefined) return undefined;
  const nothing = stages.every(({ checked }) => checked !== undefined && checked.evaluations.length === 0 && checked.training.objective === ''); // prettier-ignore
  if (nothing) {
    report.error('CX5005', experiment.span, 'the experiment has no `minimize` and no `train`', {
      help: 'say what is minimised (`minimize L`) and how (`train on data { epochs: 10  batch: 128  optimizer: adam(lr: 1e-4) }`), or what is measured (`evaluate on data { metric … }`)',
    });
  }
  const readers = stages.flatMap(({ checked, checker }) => (checked === undefined ? [] : [textReaders(rootsOf(checked), checker)])); // prettier-ignore
  const pictures = stages.flatMap(({ checked }) => (checked === undefined ? [] : [pictureReaders(rootsOf(checked), checked.instances)])); // prettier-ignore
  const whole = stages.flatMap(({ checked }) => (checked === undefined ? [] : [{ ...checked, columns: withPreprocessing(withTokenizers(checked.columns, readers), pictures, statements, report) }])); // prettier-ignore
  const combined = checkCombined(last.checker, statements, whole);
  // a row may leave out what claims, pictures and sweeps speak of
  const sweeps = row === 'full' ? checkSweeps(last.checker, statements, whole, last.data) : [];
  const figures = checkFigures(last.checker, statements, whole, row);
  const claimable = { stages: whole, stageNames: stages.map(({ name }) => name), combined, rows, sweeps };
  if (row === 'full') checkExpectations(last.checker, claimable);
  if (whole.length < stages.length || last.checked === undefined || nothing) return undefined;
  const { name: _name, after: _after, span: _span, ...model } = whole.at(-1) ?? last.checked;
  const checked: CheckedExperiment = {
    ...model,
    name: experiment.name.text,
    title: experiment.title?.value ?? '',
    row,
    ...(tiny === undefined ? {} : { random: true as const }),
    stages: whole,
    combined,
    figures,
    seeds,
    rows,
    sweeps,
    expectations: statements.flatMap((statement) => {
      if (statement.kind !== 'expect') return [];
      const claim = row === 'full' ? claimOf(last.checker, statement, claimable) : undefined;
      const { span } = statement;
      return [{ text: sourceText(graph, span), span, ...(claim !== undefined && { claim }) }];
    }),
  };
  if (checkers.every((checker) => !checker.holes)) {
    for (const stage of stages) stage.checkEntries();
    reportUnread(checkers, row, report);
    for (const stage of stages) if (stage.checked !== undefined) columnsThere(stage.checked, stage.incomplete, report);
    reachability(checked, report);
    for (const { checker, checked: stage } of stages) if (stage !== undefined) checkGuards(checker, stage);
    for (const { training } of whole) reportTextsInTraining(training, report);
    if (row === 'full') for (const stage of whole) reportDuplicates(stage, report);
  }
  return checked;
}

const outside = new WeakMap<Module, readonly Statement[]>();

function saidOutside(module: Module): readonly Statement[] {
  const before = outside.get(module);
  if (before !== undefined) return before;
  const found = module.file.statements.filter(({ kind }) => kind === 'state' || kind === 'wrap');
  outside.set(module, found);
  return found;
}

/** The data sets: statements of a stage change them only by declaring them anew. */
const dataOfStage: SharedFinding<ReturnType<typeof checkData>> = {
  what: 'data sets',
  find: checkData,
};

/** The stage whose findings this one takes over: what it trains and measures is its own, and of the declarations it changes few. */
function nearest(stages: readonly StageCheck[], { module }: StageModule): Checker | undefined {
  const alike = stages.map(({ checker }) => checker).filter(({ root }) => sameOutside(root, module));
  return alike.find(({ root }) => root.declarations === module.declarations) ?? alike[0];
}

/** Statements that declare nothing and that declarations read: `frozen clip.text`, `wrap`. */
function sameOutside(one: Module, other: Module): boolean {
  const [first, second] = [saidOutside(one), saidOutside(other)];
  return first.length === second.length && first.every((each, at) => each === second[at]);
}

/** One stage, checked by a checker of its own: its module is the file with the stage's statements over it. */
class StageCheck {
  readonly name: string;
  readonly checker: Checker;
  readonly data: CheckedStage['data'];
  readonly incomplete: ReadonlySet<string>;
  readonly checked: CheckedStage | undefined;

  constructor(
    stage: StageModule,
    host: CompilerHost,
    report: Reporter,
    isExperiment: boolean,
    tiny: TinySizes | undefined,
    earlier: Checker | undefined,
  ) {
    const { module: root } = stage;
    const checker = new Checker(
      { expression: checkExpression, value: declaredValue, axis: axisOfDeclaration },
      root,
      host,
      report,
      tiny,
    );
    this.checker = checker;
    if (earlier !== undefined) checker.takeOver(earlier);
    this.name = stage.name;
    // every declaration is checked, read or not: all faults at once
    for (const declaration of root.declarations.all) {
      if (declaration.space === 'value') checker.declared(declaration, root, declaration.name.span);
      if (declaration.space === 'axis') checker.declaredAxis(declaration, root);
    }
    for (const imported of root.imports.values()) {
      if (imported.declaration.space === 'axis') checker.declaredAxis(imported.declaration, imported.module);
    }
    if (earlier?.root.declarations !== root.declarations) checkFnBodies(checker);
    checkWraps(checker);
    const { specs, incomplete } = checker.sharing(dataOfStage);
    this.data = specs;
    this.incomplete = incomplete;
    checkStateStatements(checker, [...root.file.statements, ...stage.states]);
    const described = isExperiment ? this.#describe(stage) : undefined;
    this.checked = described === undefined || tiny === undefined ? described : tinyStage(described, tiny);
  }

  #describe(stage: StageModule): CheckedStage | undefined {
    const { checker, data } = this;
    const { root } = checker;
    const { name, after, span } = stage;
    const train = root.file.statements.find((each) => each.kind === 'train');
    const set = train?.targets[0]?.data.map((part) => part.text).join('.');
    const specs = new Map(data.map((spec) => [spec.name, spec]));
    const trained = (): ReturnType<typeof checkTraining> => checkTraining(checker, data, { name, span });
    const training = set === undefined || specs.get(set)?.withs === undefined ? trained() : withColumnsOf(checker, set, specs, trained); // prettier-ignore
    const evaluations = checkEvaluations(checker, data);
    if (training === undefined) return undefined;
    const values = root.declarations.all.flatMap((declaration) => {
      const value = ['let', 'loss'].includes(declaration.kind)
        ? checker.declared(declaration, root, declaration.name.span)
        : undefined;
      const { statement } = declaration;
      if (value?.kind !== 'tensor' || (statement.kind !== 'let' && statement.kind !== 'loss')) return [];
      return [{ name: declaration.name.text, typed: value.typed, statement }];
    });
    const columns = [...checker.columns.values()].map((entry) => entry.column);
    const instances = [...checker.instances.values()].map((instance) => {
      const parts = checker.partsOf(instance.name);
      return parts.size === 0 ? instance : { ...instance, parts: Object.fromEntries(parts) };
    });
    const parameters = [...checker.parameterSettings].map(([each, settings]) => ({ name: each, ...settings }));
    return {
      name,
      after,
      span,
      columns,
      vocabularies: [...checker.vocabularies.values()],
      prompts: [...checker.prompts.values()],
      instances: statesIn(checker, instances, stage.states),
      parameters: statesIn(checker, parameters, stage.states),
      weights: [...checker.weights.values()].map((weight) => ({
        name: weight.name,
        value: weight.constant,
        span: weight.span,
      })),
      data,
      values,
      training: stopRuleOf(checker, training, evaluations, data),
      evaluations,
      applications: checker.applications,
      unbuilt: checker.later,
    };
  }

  /** Entries that a batch of this size does not have. */
  checkEntries(): void {
    if (this.checked === undefined) return;
    const { training, vocabularies } = this.checked;
    const sizes = new Map(
      vocabularies.map(({ name, entries }) => [name, entries.length === 0 ? Number.POSITIVE_INFINITY : entries.length]),
    );
    const losses = training.terms.map((term) => term.typed);
    const batch = training.wholeBatch === true ? Number.POSITIVE_INFINITY : training.batch;
    checkEntries(losses, { batch, vocabularies: sizes }, 'a batch', this.checker.report);
  }
}

/** A loss or weight that is left out of the objective is mostly forgotten, not meant; in a row it may have lost its only reader. */
function reportUnread(checkers: readonly Checker[], row: string, report: Reporter): void {
  const read = new Set(checkers.flatMap((checker) => [...checker.read]));
  for (const { root } of checkers) {
    for (const { kind, name } of root.declarations.all) {
      if ((kind !== 'loss' && kind !== 'weight' && kind !== 'const') || read.has(name.text)) continue;
      report.error(
        'CX4006',
        name.span,
        `the ${kind} \`${name.text}\` is declared, and nothing reads it${row === 'full' ? '' : ` in the row "${row}"`}`,
        {
          severity: row === 'full' ? 'warning' : 'note',
          ...(row === 'full' && { help: { const: 'remove it', weight: 'multiply a term of `minimize` by it, or remove it', loss: 'add it to `minimize`, measure it in an `evaluate` block, or remove it' }[kind] }), // prettier-ignore
        },
      );
    }
  }
}

/** The law of `remove`: nothing that is left reads what is gone. All who do are told at once, where it was taken out. */
function reportRemoved({ removed }: Module, checkers: readonly Checker[], report: Reporter): void {
  const places = new Map([...checkers.flatMap((checker) => [...checker.root.removed]), ...removed]);
  for (const [name, span] of places) {
    const users = new Map(
      checkers.flatMap((checker) => (checker.dangling.get(name) ?? []).map((user) => [`${user.file}:${user.start}`, user] as const)), // prettier-ignore
    );
    if (users.size === 0) continue;
    report.error('CX6001', span, `\`${name}\` is removed, and ${users.size === 1 ? 'one place reads it' : `${users.size} places read it`}`, {
      related: [...users.values()].map((user) => ({ span: user, label: `reads \`${name}\`` })),
      help: 'remove or replace what reads it too',
    }); // prettier-ignore
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
function checkStateStatements(checker: Checker, statements: readonly Statement[]): void {
  const { root, report } = checker;
  const parts = root.declarations.all.filter((each) => ['encoder', 'module', 'param'].includes(each.kind));
  for (const statement of statements) {
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
      if (checker.isRemoved(name, path.head.span)) continue;
      const suggestion = nearestName(name, parts.map((each) => each.name.text)); // prettier-ignore
      report.error('CX2001', path.head.span, `there is no encoder, module or param \`${name}\``, {
        ...(suggestion === undefined
          ? { expected: parts.map((each) => each.name.text).join(', ') || 'one that this file declares' }
          : { suggestion }),
      });
    }
  }
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
