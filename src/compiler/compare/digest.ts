/** Digests of what a program means. Formatting, comments, order and the names of local axes do not enter. */
import { createHash } from 'node:crypto';
import { seenBy, type CheckedExperiment, type CheckedMetric, type CheckedStage } from '../check/checked.ts';
import { dataValuesOf, reachable } from '../check/reachability.ts';
import type { Typed } from '../check/typed.ts';
import type { DatasetSpec, Predicate } from '../program/dataset.ts';
import type { WeightSpec } from '../program/schedule.ts';
import { columnsOfView, evaluationSteps, type View } from '../program/view.ts';
import { printSize, type Axis, type Size } from '../types/axis.ts';

const byText = (a = '', b = ''): number => (a < b ? -1 : a > b ? 1 : 0);

/** Two files with this digest equal train the same model in the same way and measure it the same. */
export function semanticDigest(checked: CheckedExperiment): string {
  if (checked.random === true) return sha256(`random data ${semanticDigest(asItStands(checked))}`);
  const [only, second] = checked.stages;
  const combined = checked.combined.map(({ name, value, unit }) => ({ name, value, unit }));
  const alone = only !== undefined && second === undefined && combined.length === 0;
  if (alone) return sha256(semanticContent(seenBy(checked, only), true));
  const stages = checked.stages.map((stage) => ({ after: orderOf(checked, stage), content: semanticContent(seenBy(checked, stage), true) })); // prettier-ignore
  return sha256(canonical({ stages, combined: byName(combined) }));
}

/** Whatever is measured on random data is comparable with nothing. */
function asItStands(experiment: CheckedExperiment): CheckedExperiment {
  const { random: _, ...checked } = experiment;
  return checked;
}

/** What a stage is called means nothing; which one it goes on from does. */
const orderOf = ({ stages }: CheckedExperiment, { after }: CheckedStage): number[] =>
  after.map((name) => stages.findIndex((stage) => stage.name === name)).sort((a, b) => a - b);

/**
 * Of each stage of several: what decides the parameters at its end, the stages before it included. Equal digests of two variants, at one
 * seed on one engine from one data, leave equal parameters.
 */
export function stageDigests(checked: CheckedExperiment): ReadonlyMap<string, string> {
  const digests = new Map<string, string>();
  if (checked.stages.length < 2) return digests;
  for (const stage of checked.stages) {
    const before = checked.stages.slice(0, checked.stages.indexOf(stage)).map((each) => digests.get(each.name));
    digests.set(stage.name, sha256(canonical({ before, content: semanticContent(seenBy(checked, stage), false) })));
  }
  return digests;
}

/** `measured`: with all that is measured; else with what selects parameters alone. */
function semanticContent(checked: CheckedExperiment, measured: boolean): string {
  const { training } = checked;
  const { search, stop } = training;
  const evaluations = checked.evaluations.filter((each) => measured || each.best !== undefined || each.name === stop?.evaluation); // prettier-ignore
  const searched = search === undefined ? [] : [search.metric.typed];
  const read = [...training.terms.map((term) => term.typed), ...searched, ...evaluations.flatMap((each) => each.metrics.map((metric) => metric.typed))]; // prettier-ignore
  const used = usedNames(read);
  const sets = [
    ...(training.data === undefined ? [] : [training.data]),
    ...evaluations.map((each) => each.data),
    ...setsRead(read),
  ];
  const data = dataBehind(checked, sets, used);
  const words = wordsOf(checked, data);
  const hash = structure(() => undefined, words);
  const found = search === undefined ? {} : { search: { ...search, metric: hash(search.metric.typed) } };
  return canonical({
    columns: [...used.columns].map((name) => words.columns.get(name)).sort(byText),
    vocabularies: vocabularyContents(checked, used, words),
    prompts: [...used.prompts].map((name) => words.prompts.get(name)).sort(byText),
    instances: byName(checked.instances.filter((instance) => used.owners.has(instance.name))),
    parameters: byName(checked.parameters.filter((parameter) => used.owners.has(parameter.name))),
    weights: byName(checked.weights.filter((weight) => used.weights.has(weight.name)).map(({ name, value }) => ({ name, value }))),
    data: byName(data.map(dataContent)),
    training: { ...training, ...found, span: undefined, objective: undefined, terms: termContents(training.terms.map((term) => ({ weight: term.weight, hash: hash(term.typed) }))) },
    evaluations: byName(evaluations.map((evaluation) => ({ ...evaluation, metrics: metricContents(evaluation.metrics, hash) }))),
  }, words); // prettier-ignore
}

/** Two numbers with this digest equal are comparable: same data, split, preprocessing, evaluation prompts and metric. */
export function protocolDigest(checked: CheckedExperiment): string {
  if (checked.random === true) return sha256(`random data ${protocolDigest(asItStands(checked))}`);
  const [only, second] = checked.stages;
  if (only !== undefined && second === undefined && checked.combined.length === 0)
    return sha256(protocolContent(seenBy(checked, only)));
  const stages = checked.stages.map((stage) => protocolContent(seenBy(checked, stage)));
  return sha256(canonical({ stages, combined: byName(checked.combined.map(({ name, value, unit }) => ({ name, value, unit }))) })); // prettier-ignore
}

function protocolContent(checked: CheckedExperiment): string {
  const used = usedNames(metrics(checked));
  const data = dataBehind(checked, [...evaluated(checked), ...setsRead(metrics(checked))], used);
  const isDrawn = checked.evaluations.some(({ views }) => views === 'random');
  const words = wordsOf(checked, data, isDrawn ? 'training' : 'evaluation');
  const hash = structure(modelLeaf, words);
  return canonical({
    columns: [...new Set([...used.columns].map((name) => words.columns.get(name)))].sort(byText),
    prompts: [...used.prompts].map((name) => words.prompts.get(name)).sort(byText),
    vocabularies: vocabularyContents(checked, used, words),
    data: byName(data.map(dataContent)),
    evaluations: byName(checked.evaluations.map((evaluation) => ({
      name: evaluation.name, data: evaluation.data, metrics: metricContents(evaluation.metrics, hash),
      over: evaluation.over, views: evaluation.views, draws: evaluation.draws, each: evaluation.each,
    }))),
  }, words); // prettier-ignore
}

/** The model is what is compared, so a call or a parameter of it is a leaf over the columns and words it reads. */
export function modelLeaf(typed: Typed, words: Words = noWords): string | undefined {
  if (typed.op !== 'call' && typed.op !== 'parameter') return undefined;
  const { columns, prompts } = usedNames([typed]);
  const read = [
    ...new Set([...columns].map((name) => words.columns.get(name) ?? name)),
    ...[...prompts].map((name) => words.prompts.get(name) ?? name),
  ];
  return `model of ${read.sort().join(', ')}`;
}

const metrics = (checked: CheckedExperiment): Typed[] =>
  checked.evaluations.flatMap((evaluation) => evaluation.metrics.map((metric) => metric.typed));

const evaluated = (checked: CheckedExperiment): string[] => checked.evaluations.map((evaluation) => evaluation.data);

const metricContents = (table: readonly CheckedMetric[], hash: (typed: Typed) => string) =>
  byName(table.map((metric) => ({ name: metric.name, unit: metric.unit, typed: hash(metric.typed) })));

/** A sum has no order, and the name of a term or weight means nothing. */
function termContents(terms: readonly { readonly weight: WeightSpec; readonly hash: string }[]): object[] {
  return terms
    .map(({ weight, hash }) => ({ hash, weight: { ...weight, name: undefined } }))
    .sort((a, b) => (a.hash < b.hash ? -1 : 1));
}

// ── data ─────────────────────────────────────────────────────────────

/** The data sets of these names and all that they, and the vocabularies read from them, are made of. */
export function dataBehind(
  checked: CheckedExperiment,
  names: readonly string[],
  used: UsedNames,
): readonly DatasetSpec[] {
  const wanted = new Set<string>();
  const add = (name: string): void => {
    const spec = checked.data.find((each) => each.name === name);
    if (wanted.has(name) || spec === undefined) return;
    wanted.add(name);
    const { source } = spec;
    if (source.kind === 'same' || source.kind === 'split') add(source.data);
    if (source.kind === 'mix') for (const part of source.parts) add(part.data);
    for (const step of spec.steps) if (step.kind === 'except') add(step.data);
  };
  for (const name of names) add(name);
  for (const vocabulary of usedVocabularies(checked, used)) {
    if (vocabulary.from?.kind === 'columns') for (const { data } of vocabulary.from.columns) add(data);
  }
  return checked.data.filter((spec) => wanted.has(spec.name));
}

/** Sets that values go over as a whole. */
const setsRead = (roots: readonly Typed[]): string[] => dataValuesOf(roots).map(({ attributes }) => attributes.data);

/** A data set without its columns: those that are read tell themselves where they come from. */
const dataContent = ({ columns: _columns, ...spec }: DatasetSpec): Omit<DatasetSpec, 'columns'> => spec;

/** Columns that a data set reads by itself, to filter, sample or split. */
export function columnsRead({ source, steps }: DatasetSpec): ReadonlySet<string> {
  const by = source.kind === 'split' && source.by !== undefined ? [source.by] : [];
  return new Set([...by, ...steps.flatMap(stepColumns)]);
}

function stepColumns(step: DatasetSpec['steps'][number]): string[] {
  if (step.kind === 'filter') return predicateColumns(step.condition);
  return step.kind === 'few-shot' ? [step.per] : [];
}

function predicateColumns(predicate: Predicate): string[] {
  switch (predicate.kind) {
    case 'and':
    case 'or':
      return predicate.parts.flatMap(predicateColumns);
    case 'not':
      return predicateColumns(predicate.part);
    case 'compare':
    case 'in':
      return [predicate.column];
  }
}

// ── names in use ─────────────────────────────────────────────────────

export interface UsedNames {
  readonly columns: Set<string>;
  readonly owners: Set<string>;
  readonly prompts: Set<string>;
  readonly weights: Set<string>;
  /** Ids of axes: a vocabulary among them is read as one. */
  readonly axes: Set<string>;
}

export function usedNames(nodes: readonly Typed[]): UsedNames {
  const used: UsedNames = { columns: new Set(), owners: new Set(), prompts: new Set(), weights: new Set(), axes: new Set() }; // prettier-ignore
  for (const typed of reachable(nodes)) {
    if (typed.op === 'column') used.columns.add(typed.attributes.column);
    if (typed.op === 'call' || typed.op === 'parameter') used.owners.add(typed.attributes.owner);
    if (typed.op === 'prompt') used.prompts.add(typed.attributes.prompt);
    if (typed.op === 'weight') used.weights.add(typed.attributes.name);
    for (const axis of typed.type.axes) used.axes.add(axis.id);
    if (typed.type.indexes !== undefined) used.axes.add(typed.type.indexes.id);
  }
  return used;
}

export function usedVocabularies(checked: CheckedExperiment, used: UsedNames): CheckedExperiment['vocabularies'] {
  const prompted = checked.prompts.filter((prompt) => used.prompts.has(prompt.name)).flatMap((prompt) => prompt.over);
  const seen = [checked.training.over, ...checked.evaluations.map((each) => each.over)];
  const placed = seen.flatMap((over) => (over !== undefined && 'words' in over ? [over.words] : []));
  const ids = new Set([...used.axes, ...prompted.map((axis) => axis.id), ...placed]);
  return checked.vocabularies.filter((vocabulary) => ids.has(vocabulary.name));
}

const vocabularyContents = (checked: CheckedExperiment, used: UsedNames, { vocabularies }: Words): string[] =>
  usedVocabularies(checked, used)
    .map((vocabulary) => vocabularies.get(vocabulary.name) ?? '')
    .sort();

// ── structure ────────────────────────────────────────────────────────

/** What names of inputs, vocabularies and prompts stand for: another name for the same thing is no other program. */
export interface Words {
  readonly columns: ReadonlyMap<string, string>;
  readonly vocabularies: ReadonlyMap<string, string>;
  readonly prompts: ReadonlyMap<string, string>;
}

/** `sets`: the data sets that count. */
export function wordsOf(
  checked: CheckedExperiment,
  sets: readonly DatasetSpec[],
  views: 'training' | 'evaluation' = 'training',
): Words {
  const vocabularies = new Map(checked.vocabularies.map((each) => [each.name, vocabularyContent(each, sets)]));
  const known = { ...noWords, vocabularies };
  const contentOf = <Item extends { readonly name: string }>(items: readonly Item[], content: (item: Item) => object) =>
    new Map(items.map((item) => [item.name, sha256(canonical(content(item), known))]));
  return {
    vocabularies,
    columns: contentOf(checked.columns, (column) => columnContent(column, checked.columns, sets, views)),
    prompts: contentOf(checked.prompts, promptContent),
  };
}

/** Two inputs of one type are told apart by where the data sets take them from. */
function columnContent(
  { name, view, ...column }: CheckedExperiment['columns'][number],
  columns: CheckedExperiment['columns'],
  sets: readonly DatasetSpec[],
  views: 'training' | 'evaluation',
): object {
  if (view !== undefined) return viewContent({ name, ...column }, view, columns, sets, views);
  const taken = sets.filter((spec) => name in spec.columns).map((spec) => ({ name: spec.name, from: spec.columns[name] })); // prettier-ignore
  return { column: { ...column, tokenizer: undefined }, taken: byName(taken) };
}

/** A view by what it is of. In an evaluation only what is not drawn counts, and a view of nothing else is the column itself. */
function viewContent(
  { name: _name, ...column }: CheckedExperiment['columns'][number],
  { of, steps, stream, count, draws }: View,
  columns: CheckedExperiment['columns'],
  sets: readonly DatasetSpec[],
  wanted: 'training' | 'evaluation',
): object {
  const views = draws === undefined ? wanted : 'training';
  const base = columns.find((each) => each.name === of);
  const from = base === undefined ? {} : columnContent(base, columns, sets, views);
  const kept = views === 'evaluation' ? evaluationSteps(steps) : steps;
  if (views === 'evaluation' && kept.length === 0 && count === undefined) return from;
  const others = columnsOfView({ of, steps: kept, stream }).slice(1).map((other) => columns.find((each) => each.name === other)); // prettier-ignore
  const read = others.map((other) => (other === undefined ? {} : columnContent(other, columns, sets, views)));
  return { ...column, tokenizer: undefined, from, steps: kept.map((step) => (step.kind === 'swap' ? { ...step, column: '' } : step)), read, count, draws, ...(views === 'training' ? { stream } : {}) }; // prettier-ignore
}

function vocabularyContent(
  { entries, from, groups, shares, columns }: CheckedExperiment['vocabularies'][number],
  sets: readonly DatasetSpec[],
): string {
  const origin =
    from?.kind === 'columns'
      ? {
          ...from,
          columns: from.columns.map(({ data, column }) => ({
            data,
            from: sets.find((spec) => spec.name === data)?.columns[column],
          })),
        }
      : from;
  return sha256(canonical({ entries, groups, shares, columns, from: origin }));
}

const promptContent = (prompt: CheckedExperiment['prompts'][number]): object => ({
  axes: prompt.axes,
  templates: prompt.templates.map((parts) =>
    parts.map((part) => {
      if (part.kind === 'text') return part.text;
      if (part.kind === 'entry') return { entry: prompt.over.findIndex(({ id }) => id === part.axis.id) };
      return part.kind === 'vectors' ? { vectors: prompt.vectors[part.slot]?.length } : { value: part.expression };
    }),
  ),
});

const noWords: Words = { columns: new Map(), vocabularies: new Map(), prompts: new Map() };

/**
 * A hash of a typed DAG by structure; `leaf` may stand for a whole sub-tree. Axes are numbered as a root meets them, so that what they
 * are called does not enter and which is which does.
 */
function structure(
  leaf: (typed: Typed, words: Words) => string | undefined,
  words: Words = noWords,
): (root: Typed) => string {
  return (root) => {
    const numbers = new Map<string, number>();
    const known = new Map<Typed, string>();
    const number = (axis: Axis): string => {
      if (axis.id === 'batch') return 'batch';
      const found = numbers.get(axis.id) ?? numbers.size;
      numbers.set(axis.id, found);
      return `${found} ${axisContent(axis, words)}`;
    };
    const hash = (typed: Typed): string => {
      const found = known.get(typed);
      if (found !== undefined) return found;
      const name = leaf(typed, words);
      // a leaf brings its axes along; every other node has those of its operands and attributes
      const axes = typed.args.length === 0 || typed.op === 'call' || isView(typed) ? typed.type.axes : undefined;
      const own = name === undefined ? { op: typed.op, attributes: meant(typed, words), axes } : { leaf: name, axes };
      const shallow = canonical(own, words, number);
      // the words of a view say what it is of
      const args = name === undefined && !isView(typed) ? typed.args.map(hash) : [];
      const value = sha256([shallow, ...args, typed.mask === undefined ? '' : hash(typed.mask)].join('\n'));
      known.set(typed, value);
      return value;
    };
    return hash(root);
  };
}

const isView = (typed: Typed): boolean => typed.op === 'column' && typed.attributes.view === true;

const meant = (typed: Typed, words: Words): object =>
  typed.op === 'column'
    ? { column: typed.attributes.column, part: typed.attributes.part }
    : typed.op === 'prompt'
      ? { prompt: words.prompts.get(typed.attributes.prompt) }
      : typed.attributes;

function axisContent(axis: Axis, words: Words): string {
  const vocabulary = words.vocabularies.get(axis.id);
  return `${axis.kind} ${vocabulary ?? sizeContent(axis.size, words)}`;
}

function sizeContent(size: Size, words: Words): string {
  switch (size.kind) {
    case 'vocabulary':
      return words.vocabularies.get(size.name) ?? size.name;
    case 'pairs':
      return `pairs(${sizeContent(size.of, words)})`;
    case 'quotient':
      return `${sizeContent(size.of, words)} / ${size.by}`;
    case 'sum':
    case 'product':
      return `${size.kind}(${size.parts.map((part) => sizeContent(part, words)).join(', ')})`;
    default:
      return printSize(size);
  }
}

const byName = <Item extends { readonly name: string }>(items: readonly Item[]): Item[] =>
  [...items].sort((a, b) => (a.name < b.name ? -1 : 1));

/** Where the name of a column stands: in a node, a condition, `per:` and `by:`. */
const columnKeys: ReadonlySet<string> = new Set(['column', 'per', 'by']);

/** JSON with sorted keys; axes and vocabularies by what they are, spans and labels dropped. */
export function canonical(
  value: unknown,
  words: Words = noWords,
  axis: (axis: Axis) => string = (each) => axisContent(each, words),
): string {
  return JSON.stringify(value, (key, item: unknown) => {
    if (key === 'span' || key === 'label') return undefined;
    if (key === 'vocabulary' && typeof item === 'string') return words.vocabularies.get(item) ?? item;
    if (columnKeys.has(key) && typeof item === 'string') return words.columns.get(item) ?? item;
    if (typeof item !== 'object' || item === null || Array.isArray(item)) return item;
    if (isAxis(item)) return axis(item);
    if (isVocabularySize(item)) return sizeContent(item, words);
    return Object.fromEntries(Object.entries(item).sort(([a], [b]) => (a < b ? -1 : 1)));
  });
}

const isVocabularySize = (value: object): value is Extract<Size, { kind: 'vocabulary' }> =>
  'kind' in value && value.kind === 'vocabulary' && 'name' in value;

const isAxis = (value: object): value is Axis =>
  'id' in value && 'kind' in value && 'size' in value && 'name' in value && typeof value.size === 'object';

export function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
