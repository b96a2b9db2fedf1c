import type { CheckedMetric } from '../../check/checked.ts';
import { sourceText } from '../../check/source-text.ts';
import type { Typed } from '../../check/typed.ts';
import { printFormula } from '../../check/print-formula.ts';
import type { Module } from '../../resolve/modules.ts';
import type { Span } from '../../source/span.ts';
import type { EvaluateItem, Statement } from '../../syntax/ast.ts';
import { printSize, type Axis } from '../../types/axis.ts';
import type { Change, ChangeClass, RuleId } from '../change.ts';
import { differences, type Site } from '../differences.ts';
import { paired, type ComparedExperiment, type Sides } from '../sides.ts';

/** What is minimised and measured, by name. */
interface Root {
  readonly name: string;
  readonly base: Typed;
  readonly head: Typed;
  readonly kind: 'loss' | 'metric';
  readonly at: { readonly base: Span; readonly head: Span };
}

/** Where a difference is told: a statement that is on both sides with another text, or the root that reads it. */
interface Subject {
  readonly rule: RuleId;
  readonly path: string;
  readonly base: { readonly text: string; readonly span: Span };
  readonly head: { readonly text: string; readonly span: Span };
  readonly root: Root;
}

/**
 * Formulas that differ in structure, told once at the innermost statement that was edited: the `let`, `fn`, `const` or loss, with the
 * losses and metrics that read it. Outside calls of the model a difference that a metric reads is a difference of protocol.
 */
export function formulaChanges(sides: Sides): Change[] {
  const found = new Map<string, { subject: Subject; class: ChangeClass; readBy: Set<string> }>();
  const note = (subject: Subject, weight: ChangeClass, reader: string): void => {
    const key = `${subject.rule} ${subject.path} ${subject.base.span.start} ${subject.head.span.start}`;
    const known = found.get(key) ?? { subject, class: weight, readBy: new Set() };
    known.readBy.add(reader);
    if (weight === 'protocol') known.class = 'protocol';
    found.set(key, known);
  };
  const streams = new Map<string, Change>();
  const options = optionsOf(sides);
  for (const root of rootsOf(sides)) {
    const whole = differences(root.base, root.head, options);
    const graver = root.kind === 'metric' ? differences(root.base, root.head, { ...options, modelIsLeaf: true }) : undefined; // prettier-ignore
    for (const site of whole.sites) {
      const weight =
        graver !== undefined && graver.sites.some((other) => within(site, other)) ? 'protocol' : 'training';
      note(subjectOf(sides, site, root), weight, root.name);
    }
    for (const site of graver?.sites ?? []) {
      // seen from the metrics alone: the model is the same but for what it is given
      if (!whole.sites.some((other) => within(other, site))) note(subjectOf(sides, site, root), 'protocol', root.name);
    }
    for (const { base, head } of whole.axes) {
      const seen = graver?.axes.some((axis) => axis.base.id === base.id) === true;
      note(axisSubject(sides, base, head, root), seen ? 'protocol' : 'training', root.name);
    }
    for (const { base, head, at } of whole.streams) {
      const change = sides.change('random-stream', `stream ${base}`, base, head, `the random numbers of \`${base}\` come from the stream \`${head}\`: others of the same law`, { base: at.base.span, head: at.head.span }); // prettier-ignore
      streams.set(change.fingerprint, change);
    }
  }
  return [...found.values()].map((each) => told(sides, each.subject, each.class, [...each.readBy])).concat([...streams.values()]); // prettier-ignore
}

function rootsOf(sides: Sides): Root[] {
  const losses = sides
    .pairs('loss', sides.base.checked.training.terms, sides.head.checked.training.terms)
    .flatMap(({ base, head }): Root[] => base === undefined || head === undefined ? [] : [{ name: head.name, base: base.typed, head: head.typed, kind: 'loss', at: { base: base.span, head: head.span } }]); // prettier-ignore
  const metrics = paired(sides.base.checked.evaluations, sides.head.checked.evaluations, (each) => each.name).flatMap(
    (pair): Root[] => {
      if (pair.base === undefined || pair.head === undefined) return [];
      return paired(pair.base.metrics, pair.head.metrics, nameOf).flatMap(({ base, head }): Root[] =>
        base === undefined || head === undefined ? [] : [{ name: `${pair.head.name}.${head.name}`, ...unitsAside(base, head), kind: 'metric', at: { base: base.span, head: head.span } }]); // prettier-ignore
    },
  );
  return [...losses, ...metrics];
}

const nameOf = (metric: CheckedMetric): string => metric.name;

/** A change of unit is told by itself: where units differ, what is compared is the value before it is shown in one. */
function unitsAside(base: CheckedMetric, head: CheckedMetric): Pick<Root, 'base' | 'head'> {
  if (base.unit === head.unit) return { base: base.typed, head: head.typed };
  return { base: withoutUnit(base), head: withoutUnit(head) };
}

function withoutUnit({ typed, unit }: CheckedMetric): Typed {
  const [value] = typed.args;
  return unit !== undefined && typed.op === 'two' && typed.attributes.op === 'mul' && value !== undefined
    ? value
    : typed;
}

function optionsOf(sides: Sides): Parameters<typeof differences>[2] {
  const owners = new Set(
    [sides.base, sides.head].flatMap(({ checked }) => [
      ...checked.instances.map((each) => each.name),
      ...checked.columns.map((each) => each.name),
      ...checked.vocabularies.map((each) => each.name),
      ...checked.prompts.map((each) => each.name),
    ]),
  );
  return {
    names: sides.names,
    owned: (axis) => owners.has(axis.id.split('.')[0] ?? ''),
    weights: { base: weightsOf(sides.base), head: weightsOf(sides.head) },
  };
}

const weightsOf = ({ checked }: ComparedExperiment): ReadonlyMap<string, unknown> =>
  new Map(checked.weights.map((each) => [each.name, each.value]));

/** Whether a difference lies in what another one points at as a whole. */
const within = (site: Site, whole: Site): boolean =>
  site.around.some(({ base, head }) => base === whole.base && head === whole.head);

// ── the statement to blame ───────────────────────────────────────────

interface Blamed {
  readonly rule: RuleId;
  readonly name: string;
  readonly text: string;
  readonly span: Span;
}

function subjectOf(sides: Sides, site: Site, root: Root): Subject {
  for (const { base, head } of site.around.toReversed()) {
    for (const [left, right] of [
      [statementAt(sides.base, base.span), statementAt(sides.head, head.span)],
      [labelled(sides.base, base), labelled(sides.head, head)],
    ]) {
      if (left === undefined || right === undefined) continue;
      if (left.rule !== right.rule || left.name !== right.name || left.text === right.text) continue;
      return { rule: left.rule, path: left.name, base: left, head: right, root };
    }
  }
  const text = (side: 'base' | 'head') => sourceText(sides[side].graph, site[side].span);
  const whole = { base: statementAt(sides.base, root.at.base), head: statementAt(sides.head, root.at.head) };
  return {
    rule: root.kind === 'loss' ? 'loss-formula' : 'metric-formula',
    path: whole.base?.name ?? `${root.kind} ${root.name}`,
    base: { text: whole.base?.text ?? text('base'), span: root.at.base },
    head: { text: whole.head?.text ?? text('head'), span: root.at.head },
    root,
  };
}

/** The statement of any file of the experiment around a place. */
function statementAt({ graph }: ComparedExperiment, span: Span): Blamed | undefined {
  const module = modulesOf(graph.root).get(span.file);
  const around = (item: { readonly span: Span }): boolean => item.span.start <= span.start && span.end <= item.span.end;
  const statement = module?.file.statements.find(around);
  if (statement?.kind !== 'evaluate') return statement === undefined ? undefined : blamed(statement);
  const item = statement.items.find(around);
  const [target] = statement.targets;
  const evaluation = statement.name?.text ?? target?.label?.text ?? target?.data.map((part) => part.text).join('.');
  return item === undefined ? undefined : blamed(item, evaluation);
}

/** The declaration of the root file whose value this very node is. */
function labelled({ checked, graph }: ComparedExperiment, typed: Typed): Blamed | undefined {
  const named = checked.values.find((value) => value.typed === typed);
  const statement = named === undefined ? undefined : graph.root?.declarations.find(named.name, 'value')?.statement;
  return statement === undefined ? undefined : blamed(statement);
}

function blamed(statement: Statement | EvaluateItem, evaluation?: string): Blamed | undefined {
  const { span } = statement;
  switch (statement.kind) {
    case 'loss':
      return { rule: 'loss-formula', name: `loss ${statement.name.text}`, text: printFormula(statement.value), span };
    case 'let': {
      const names = statement.pattern.names.map((name) => name.text).join(', ');
      return { rule: 'value-formula', name: `let ${names}`, text: printFormula(statement.value), span };
    }
    case 'metric': {
      const name = evaluation === undefined ? statement.name.text : `${evaluation}.${statement.name.text}`;
      return { rule: 'metric-formula', name: `metric ${name}`, text: printFormula(statement.value), span };
    }
    case 'const':
    case 'weight':
      return { rule: 'constant-value', name: `${statement.kind} ${statement.name.text}`, text: printFormula(statement.value), span }; // prettier-ignore
    case 'fn': {
      const parameters = statement.params.map((each) => `${each.name.text}${each.fallback === undefined ? '' : ` = ${printFormula(each.fallback)}`}`); // prettier-ignore
      const lets = statement.body.lets.map((each) => `let ${each.pattern.names.map((name) => name.text).join(', ')} = ${printFormula(each.value)}; `); // prettier-ignore
      return { rule: 'function-formula', name: `fn ${statement.name.text}`, text: `(${parameters.join(', ')}) ${lets.join('')}${printFormula(statement.body.result)}`, span }; // prettier-ignore
    }
    default:
      return undefined;
  }
}

function modulesOf(root: Module | undefined): ReadonlyMap<string, Module> {
  const found = new Map<string, Module>();
  const add = (module: Module): void => {
    if (found.has(module.path)) return;
    found.set(module.path, module);
    for (const { module: used } of module.imports.values()) add(used);
  };
  if (root !== undefined) add(root);
  return found;
}

function axisSubject(sides: Sides, base: Axis, head: Axis, root: Root): Subject {
  const span = (side: 'base' | 'head', axis: Axis): Span => sides.declared(side, axis.name, 'axis') ?? root.at[side];
  return {
    rule: 'axis-size',
    path: `axis ${base.name}`,
    base: { text: printSize(base.size), span: span('base', base) },
    head: { text: printSize(head.size), span: span('head', head) },
    root,
  };
}

function told(sides: Sides, subject: Subject, weight: ChangeClass, readBy: readonly string[]): Change {
  const { rule, path, base, head } = subject;
  const own = readBy.length === 1 && path.endsWith(` ${readBy[0] ?? ''}`);
  const sentence = `${path}: ${base.text} → ${head.text}${own ? '' : `; read by ${readBy.join(', ')}`}`;
  return sides.change(rule, path, base.text, head.text, sentence, {
    class: weight,
    base: base.span,
    head: head.span,
    effect: { readBy },
  });
}
