/** The two experiments that are compared, paired name by name. */
import type { CheckedExperiment } from '../check/checked.ts';
import type { Instance } from '../check/typed.ts';
import type { Program } from '../program/program.ts';
import type { ModuleGraph } from '../resolve/modules.ts';
import { positionAt } from '../source/source-file.ts';
import type { Span } from '../source/span.ts';
import { ruleTable, type Change, type ChangeClass, type ChangeEffect, type ChangeValue, type Place, type RuleId } from './change.ts'; // prettier-ignore
import { canonical, dataBehind, sha256, usedNames, usedVocabularies, wordsOf, type UsedNames } from './digest.ts';

export interface ComparedExperiment {
  readonly checked: CheckedExperiment;
  readonly program: Program;
  readonly graph: ModuleGraph;
}

/** What stands for the same thing on both sides; one side is absent where there is nothing. */
export type Pair<Item> =
  | { readonly base: Item; readonly head: Item }
  | { readonly base: Item; readonly head: undefined }
  | { readonly base: undefined; readonly head: Item };

/** What an experiment reads, in its losses and in its metrics. */
export interface Reading {
  readonly training: UsedNames;
  readonly protocol: UsedNames;
  readonly trainingWords: ReadonlySet<string>;
  readonly protocolWords: ReadonlySet<string>;
  readonly trainingData: ReadonlySet<string>;
  readonly protocolData: ReadonlySet<string>;
}

export type NameSpace = 'part' | 'input' | 'prompt' | 'vocabulary' | 'data' | 'loss';

/** Everything a rule may ask. */
export class Sides {
  readonly base: ComparedExperiment;
  readonly head: ComparedExperiment;
  readonly reading: { readonly base: Reading; readonly head: Reading };
  /** Name before → name after, of all that is on both sides. */
  readonly names: Readonly<Record<NameSpace, ReadonlyMap<string, string>>>;

  constructor(base: ComparedExperiment, head: ComparedExperiment) {
    this.base = base;
    this.head = head;
    this.reading = { base: readingOf(base.checked), head: readingOf(head.checked) };
    const [left, right] = [base.checked, head.checked];
    const words = { base: wordsOf(left, left.data), head: wordsOf(right, right.data) };
    this.names = {
      part: matched(parts(left), parts(right), ({ name: _name, ...part }) => canonical(part)),
      input: matched(left.columns, right.columns, (column) => canonical([{ ...column, name: '' }, origins(left, right, column.name)])), // prettier-ignore
      prompt: matched(left.prompts, right.prompts, (prompt) => words.base.prompts.get(prompt.name) ?? words.head.prompts.get(prompt.name) ?? ''), // prettier-ignore
      vocabulary: matched(left.vocabularies, right.vocabularies, ({ name: _name, ...content }) => canonical(content)),
      data: matched(left.data, right.data, ({ name: _name, ...content }) => canonical(content)),
      loss: matched(left.training.terms, right.training.terms, (term) => canonical([term.formula, term.weight])),
    };
  }

  /** Items of one kind, those on both sides first in the order of the base, then what came. */
  pairs<Item extends { readonly name: string }>(
    space: NameSpace,
    base: readonly Item[],
    head: readonly Item[],
  ): Pair<Item>[] {
    return paired(base, head, (item) => item.name, this.names[space]);
  }

  place(side: 'base' | 'head', span: Span | undefined): Place | null {
    const text = span === undefined ? undefined : this[side].graph.sources.get(span.file)?.text;
    return span === undefined || text === undefined ? null : { file: span.file, ...positionAt(text, span.start) };
  }

  change(
    rule: RuleId,
    path: string,
    before: ChangeValue,
    after: ChangeValue,
    sentence: string,
    more: {
      readonly class?: ChangeClass;
      readonly effect?: ChangeEffect;
      readonly base?: Span | undefined;
      readonly head?: Span | undefined;
    } = {},
  ): Change {
    return {
      rule,
      class: more.class ?? ruleTable[rule].class,
      path,
      before,
      after,
      location: { base: this.place('base', more.base), head: this.place('head', more.head) },
      ...(more.effect === undefined ? {} : { effect: more.effect }),
      sentence,
      fingerprint: sha256(JSON.stringify([rule, path, before, after])).slice(0, 12),
    };
  }

  /** The span of what a name of the root file is declared by. */
  declared(side: 'base' | 'head', name: string, ...within: readonly ('value' | 'axis' | 'data')[]): Span | undefined {
    return this[side].graph.root?.declarations.find(name, ...within)?.statement.span;
  }

  /** Protocol where an evaluation reads it on a side where it is, training where a loss does, else cosmetic. */
  classOf(of: (reading: Reading) => { readonly training: boolean; readonly protocol: boolean }): ChangeClass {
    const uses = [of(this.reading.base), of(this.reading.head)];
    if (uses.some((use) => use.protocol)) return 'protocol';
    return uses.some((use) => use.training) ? 'training' : 'cosmetic';
  }
}

/** Encoders, modules and params, in the order of the file. */
export function parts(checked: CheckedExperiment): (Instance | PartOfParameter)[] {
  return [...checked.instances, ...checked.parameters.map((parameter) => ({ ...parameter, kind: 'param' as const }))];
}

export type PartOfParameter = CheckedExperiment['parameters'][number] & { readonly kind: 'param' };

/** Where the data sets take a column from: two inputs of one type are told apart by it. */
function origins(left: CheckedExperiment, right: CheckedExperiment, column: string): unknown {
  const side = left.columns.some((each) => each.name === column) ? left : right;
  return side.data.map((spec) => spec.columns[column]);
}

function readingOf(checked: CheckedExperiment): Reading {
  const training = usedNames(checked.training.terms.map((term) => term.typed));
  const protocol = usedNames(checked.evaluations.flatMap((each) => each.metrics.map((metric) => metric.typed)));
  const names = (sets: readonly string[], used: UsedNames): Set<string> =>
    new Set(dataBehind(checked, sets, used).map((spec) => spec.name));
  return {
    training,
    protocol,
    trainingWords: new Set(usedVocabularies(checked, training).map((each) => each.name)),
    protocolWords: new Set(usedVocabularies(checked, protocol).map((each) => each.name)),
    trainingData: names(checked.training.data === undefined ? [] : [checked.training.data], training),
    protocolData: names(checked.evaluations.map((each) => each.data), protocol), // prettier-ignore
  };
}

/** Equal names first; then what is left over and has the same content as exactly one leftover of the other side. */
function matched<Item extends { readonly name: string }>(
  base: readonly Item[],
  head: readonly Item[],
  content: (item: Item) => string,
): ReadonlyMap<string, string> {
  const shared = new Set(base.map((item) => item.name).filter((name) => head.some((other) => other.name === name)));
  const names = new Map([...shared].map((name) => [name, name]));
  const [gone, come] = [base, head].map((side) => side.filter((item) => !shared.has(item.name)));
  for (const item of gone ?? []) {
    const twins = (come ?? []).filter((other) => content(other) === content(item));
    const rivals = (gone ?? []).filter((other) => content(other) === content(item));
    if (twins.length === 1 && rivals.length === 1 && twins[0] !== undefined) names.set(item.name, twins[0].name);
  }
  return names;
}

export function paired<Item>(
  base: readonly Item[],
  head: readonly Item[],
  key: (item: Item) => string,
  names: ReadonlyMap<string, string> = new Map(),
): Pair<Item>[] {
  const right = new Map(head.map((item) => [key(item), item]));
  const found = new Set<Item>();
  const pairs = base.map((item): Pair<Item> => {
    const other = right.get(names.get(key(item)) ?? key(item));
    if (other === undefined) return { base: item, head: undefined };
    found.add(other);
    return { base: item, head: other };
  });
  return [...pairs, ...head.filter((item) => !found.has(item)).map((item): Pair<Item> => ({ base: undefined, head: item }))]; // prettier-ignore
}
