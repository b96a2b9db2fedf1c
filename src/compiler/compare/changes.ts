/** What an edit of an experiment changes, told in the words of the method, not of the text. */
import type { CheckedEvaluation, CheckedExperiment, CheckedTerm } from '../check/checked.ts';
import type { Instance } from '../check/typed.ts';
import type { Program, WeightSpec } from '../program/program.ts';
import type { Span } from '../source/span.ts';
import { canonical, protocolDigest, semanticDigest, sha256, structure, usedNames } from './digest.ts';

/**
 * `protocol`: numbers are no longer comparable. `training`: what is learned differs. A rule's class is stated in
 * `changeRules`; a data set, prompt or vocabulary is protocol only where an evaluation reads it.
 */
export type ChangeClass = 'protocol' | 'training';

/** Every rule and the class it has unless its subject says otherwise. Names are stable: accepted changes refer to them. */
export const changeRules = {
  'term-added': 'training',
  'term-removed': 'training',
  'term-changed': 'training',
  'weight-changed': 'training',
  'part-added': 'training',
  'part-removed': 'training',
  'part-state': 'training',
  'part-exceptions': 'training',
  'part-changed': 'training',
  'optimiser-changed': 'training',
  'schedule-changed': 'training',
  'batch-changed': 'training',
  'length-changed': 'training',
  'clip-gradient-changed': 'training',
  'training-data-changed': 'training',
  'prompt-changed': 'training',
  'vocabulary-changed': 'training',
  'column-changed': 'protocol',
  'data-changed': 'training',
  'evaluation-added': 'protocol',
  'evaluation-removed': 'protocol',
  'evaluation-changed': 'protocol',
  'selection-changed': 'training',
  'metric-added': 'protocol',
  'metric-removed': 'protocol',
  'metric-changed': 'protocol',
  'seeds-changed': 'protocol',
  'row-added': 'training',
  'row-removed': 'training',
  /** The digests differ and no rule above says why: never shown as no change. */
  'meaning-changed': 'training',
} as const satisfies Record<string, ChangeClass>;

export type ChangeRule = keyof typeof changeRules;

export interface Change {
  readonly rule: ChangeRule;
  readonly class: ChangeClass;
  /** The term, part, data set or metric it is about. */
  readonly subject: string;
  /** Absent where there was, or is, nothing. */
  readonly before?: string;
  readonly after?: string;
  /** What follows from it. */
  readonly consequence?: string;
  readonly place: { readonly before?: Span; readonly after?: Span };
  /** The same change has the same fingerprint, however it is worded: sha256, 12 digits, of rule, subject and content. */
  readonly fingerprint: string;
}

/** One side of a comparison: a checked program, and its lowered form for the counts. */
export interface ComparedExperiment {
  readonly checked: CheckedExperiment;
  readonly program: Program;
}

export interface Comparison {
  /** The semantic digests are equal: formatting, comments and order at most. */
  readonly identical: boolean;
  /** Numbers measured by both may stand in one table. */
  readonly comparable: boolean;
  readonly digests: { readonly before: Digests; readonly after: Digests };
  readonly trainable: {
    readonly before: number;
    readonly after: number;
    readonly allBefore: number;
    readonly allAfter: number;
  };
  readonly changes: readonly Change[];
}

interface Digests {
  readonly semantic: string;
  readonly protocol: string;
}

/** Compares two experiments as checked programs. The list is in the order of the method: losses, parts, words, data, training, evaluation. */
export function compareExperiments(before: ComparedExperiment, after: ComparedExperiment): Comparison {
  const digests = { before: digestsOf(before.checked), after: digestsOf(after.checked) };
  const identical = digests.before.semantic === digests.after.semantic;
  const comparable = digests.before.protocol === digests.after.protocol;
  // Names that carry no meaning may differ where the digests do not.
  const same = identical && comparable;
  const changes = same
    ? studyChanges(before.checked, after.checked)
    : [
        ...termChanges(before.checked, after.checked),
        ...partChanges(before, after),
        ...wordChanges(before.checked, after.checked),
        ...dataChanges(before.checked, after.checked),
        ...trainingChanges(before.checked, after.checked),
        ...evaluationChanges(before.checked, after.checked),
        ...studyChanges(before.checked, after.checked),
      ];
  if (changes.length === 0 && !same) {
    changes.push(change('meaning-changed', before.checked.name, digests.before.semantic.slice(0, 12), digests.after.semantic.slice(0, 12))); // prettier-ignore
  }
  const trainable = {
    before: countTrainable(before.program),
    after: countTrainable(after.program),
    allBefore: countAll(before.program),
    allAfter: countAll(after.program),
  };
  return { identical, comparable, digests, trainable, changes };
}

function digestsOf(checked: CheckedExperiment): Digests {
  return { semantic: semanticDigest(checked), protocol: protocolDigest(checked) };
}

// ── losses ───────────────────────────────────────────────────────────

function termChanges(before: CheckedExperiment, after: CheckedExperiment): Change[] {
  const hash = structure(() => undefined);
  const shares = { before: weightShares(before), after: weightShares(after) };
  return pairs(before.training.terms, after.training.terms, (it) => it.name).flatMap(([left, right]) => {
    const name = (left ?? right)?.name ?? '';
    const place = places(left?.span, right?.span);
    if (left === undefined) return [change('term-added', name, undefined, right && termWords(right), { place, consequence: shareWords(undefined, shares.after.get(name)) })]; // prettier-ignore
    if (right === undefined) return [change('term-removed', name, termWords(left), undefined, { place, consequence: shareWords(shares.before.get(name), undefined) })]; // prettier-ignore
    const changes: Change[] = [];
    if (hash(left.typed) !== hash(right.typed))
      changes.push(change('term-changed', name, left.formula, right.formula, { place }));
    const [leftWeight, rightWeight] = [weightWords(left.weight), weightWords(right.weight)];
    if (leftWeight !== rightWeight) {
      changes.push(change('weight-changed', name, leftWeight, rightWeight, { place, consequence: shareWords(shares.before.get(name), shares.after.get(name)) })); // prettier-ignore
    }
    return changes;
  });
}

function weightSize({ weight }: CheckedTerm): number {
  return Math.abs(weight.kind === 'constant' ? weight.value : weight.to);
}

/** Of the sum of all weights, where they are constant: how loud a term is allowed to be before any number is known. */
function weightShares({ training }: CheckedExperiment): ReadonlyMap<string, number> {
  const sum = training.terms.reduce((total, term) => total + weightSize(term), 0);
  return new Map(sum === 0 ? [] : training.terms.map((term) => [term.name, weightSize(term) / sum]));
}

function percent(share = 0): string {
  return `${(share * 100).toFixed(0)} %`;
}

function shareWords(before: number | undefined, after: number | undefined): string {
  return `share of all weights ${percent(before)} -> ${percent(after)}`;
}

function termWords(term: CheckedTerm): string {
  return `${weightWords(term.weight)} * ${term.formula}`;
}

function weightWords(weight: WeightSpec): string {
  if (weight.kind === 'constant') return String(weight.value);
  return `ramp(${weight.from} -> ${weight.to}, over: ${weight.over.value} ${weight.over.unit})`;
}

// ── parts ────────────────────────────────────────────────────────────

function partChanges(before: ComparedExperiment, after: ComparedExperiment): Change[] {
  const instances = pairs(before.checked.instances, after.checked.instances, (it) => it.name).flatMap(
    ([left, right]) => {
      const name = (left ?? right)?.name ?? '';
      const place = places(left?.span, right?.span);
      const counts = [ownerWords(before.program, name), ownerWords(after.program, name)] as const;
      if (left === undefined)
        return [change('part-added', name, undefined, `${right?.flag} ${right?.kind}, ${counts[1]}`, { place })];
      if (right === undefined)
        return [change('part-removed', name, `${left.flag} ${left.kind}, ${counts[0]}`, undefined, { place })];
      const changes: Change[] = [];
      if (left.flag !== right.flag) {
        changes.push(
          change('part-state', name, `${left.flag}, ${counts[0]}`, `${right.flag}, ${counts[1]}`, { place }),
        );
      }
      if (canonical(left.overrides) !== canonical(right.overrides)) {
        changes.push(change('part-exceptions', name, `${overrideWords(left)}; ${counts[0]}`, `${overrideWords(right)}; ${counts[1]}`, { place })); // prettier-ignore
      }
      if (canonical([left.shape, left.from]) !== canonical([right.shape, right.from])) {
        changes.push(change('part-changed', name, ...shapeDifference(left, right), { place, consequence: `${counts[0]} -> ${counts[1]}` })); // prettier-ignore
      }
      return changes;
    },
  );
  const parameters = pairs(before.checked.parameters, after.checked.parameters, (it) => it.name).flatMap(
    ([left, right]) => {
      const name = (left ?? right)?.name ?? '';
      const place = places(left?.span, right?.span);
      if (left === undefined) return [change('part-added', name, undefined, `${right?.flag} param`, { place })];
      if (right === undefined) return [change('part-removed', name, `${left.flag} param`, undefined, { place })];
      return left.flag === right.flag ? [] : [change('part-state', name, left.flag, right.flag, { place })];
    },
  );
  return [...instances, ...parameters];
}

function ownerWords(program: Program, owner: string): string {
  const tensors = program.parameters.filter((it) => it.owner === owner);
  const training = new Set(program.stages.flatMap((it) => it.trainable));
  const count = (names: typeof tensors) => names.reduce((sum, it) => sum + elements(it.shape), 0);
  return `${thousands(count(tensors.filter((it) => training.has(it.name))))} of ${thousands(count(tensors))} numbers train`;
}

function overrideWords({ overrides }: Instance): string {
  if (overrides.length === 0) return 'no exceptions';
  return overrides
    .map((it) => {
      const fields = [
        it.flag,
        it.learningRate === undefined ? undefined : `lr ${it.learningRate}`,
        it.learningRateScale === undefined ? undefined : `lr_scale ${it.learningRateScale}`,
        it.decay === undefined ? undefined : `decay ${it.decay ? 'on' : 'off'}`,
        it.clamp === undefined ? undefined : `clamp ${it.clamp.join('..')}`,
      ];
      return `${it.paths.join(', ')}: ${fields.filter((field) => field !== undefined).join(', ')}`;
    })
    .join('; ');
}

/** The fields that differ, where both are of one kind; else both whole. */
function shapeDifference(left: Instance, right: Instance): readonly [string, string] {
  if (left.shape.kind !== 'encoder' || right.shape.kind !== 'encoder') return [shapeWords(left), shapeWords(right)];
  if (left.shape.config.kind !== right.shape.config.kind) return [shapeWords(left), shapeWords(right)];
  return differingFields({ from: left.from ?? 'random', ...left.shape.config }, { from: right.from ?? 'random', ...right.shape.config }); // prettier-ignore
}

function shapeWords({ shape, from }: Instance): string {
  const source = from === undefined ? '' : ` from ${from}`;
  if (shape.kind === 'encoder') return `${shape.config.kind} ${plain(shape.config)}${source}`;
  if (shape.kind === 'mlp')
    return `mlp(${shape.from.name} -> ${shape.hidden.join(' -> ')} -> ${shape.to.name}, ${shape.activation})`;
  return `linear(${shape.from.name} -> ${shape.to.name}${shape.bias ? '' : ', no bias'})`;
}

// ── words ────────────────────────────────────────────────────────────

function wordChanges(before: CheckedExperiment, after: CheckedExperiment): Change[] {
  const evaluated = new Set([...evaluatedNames(before).prompts, ...evaluatedNames(after).prompts]);
  const prompts = pairs(before.prompts, after.prompts, (it) => it.name).flatMap(([left, right]) => {
    const [leftText, rightText] = [left && promptWords(left), right && promptWords(right)];
    if (leftText === rightText) return [];
    const name = (left ?? right)?.name ?? '';
    const options = {
      place: places(left?.span, right?.span),
      ...(evaluated.has(name) && { class: 'protocol' as const }),
    };
    return [change('prompt-changed', name, leftText, rightText, options)];
  });
  const vocabularies = pairs(before.vocabularies, after.vocabularies, (it) => it.name).flatMap(([left, right]) => {
    if (canonical(left ?? null) === canonical(right ?? null)) return [];
    const name = (left ?? right)?.name ?? '';
    const gone = left?.entries.filter((it) => right?.entries.includes(it) !== true) ?? [];
    const come = right?.entries.filter((it) => left?.entries.includes(it) !== true) ?? [];
    const consequence = [gone.length > 0 && `without ${gone.join(', ')}`, come.length > 0 && `with ${come.join(', ')}`].filter((it) => it !== false).join('; '); // prettier-ignore
    return [change('vocabulary-changed', name, wordCount(left?.entries), wordCount(right?.entries), { class: 'protocol', ...(consequence !== '' && { consequence }) })]; // prettier-ignore
  });
  return [...prompts, ...vocabularies];
}

function wordCount(entries: readonly string[] | undefined): string | undefined {
  return entries && `${entries.length} words`;
}

/** Its templates as they are, a slot in braces. */
function promptWords({ templates, over }: CheckedExperiment['prompts'][number]): string {
  const texts = templates.map((parts) =>
    parts.map((it) => (it.kind === 'text' ? it.text : `{${it.axis.name}}`)).join(''),
  );
  return `${texts.map((it) => `"${it}"`).join(', ')}${over.length === 0 ? '' : ` over ${over.map((it) => it.name).join(', ')}`}`;
}

function evaluatedNames(checked: CheckedExperiment): ReturnType<typeof usedNames> {
  return usedNames(checked.evaluations.flatMap((it) => it.metrics.map((metric) => metric.typed)));
}

// ── data ─────────────────────────────────────────────────────────────

function dataChanges(before: CheckedExperiment, after: CheckedExperiment): Change[] {
  const evaluated = new Set([...before.evaluations, ...after.evaluations].map((it) => it.data));
  const columns = pairs(before.columns, after.columns, (it) => it.name).flatMap(([left, right]) =>
    canonical(left ?? null) === canonical(right ?? null)
      ? []
      : [change('column-changed', (left ?? right)?.name ?? '', left && plain(left), right && plain(right))],
  );
  const data = pairs(before.data, after.data, (it) => it.name).flatMap(([left, right]) => {
    if (canonical(left ?? null) === canonical(right ?? null)) return [];
    const name = (left ?? right)?.name ?? '';
    const options = evaluated.has(name) ? { class: 'protocol' as const } : {};
    const [was, is] = left && right ? differingFields(left, right) : [left && plain(left), right && plain(right)];
    return [change('data-changed', name, was, is, options)];
  });
  return [...columns, ...data];
}

// ── training ─────────────────────────────────────────────────────────

function trainingChanges({ training: left }: CheckedExperiment, { training: right }: CheckedExperiment): Change[] {
  const place = places(left.span, right.span);
  const differing = (rule: ChangeRule, before: string, after: string): Change[] =>
    before === after ? [] : [change(rule, 'train', before, after, { place })];
  const length = (it: typeof left) => (it.epochs === undefined ? `${it.steps ?? 0} steps` : `${it.epochs} epochs`);
  return [
    ...differing('training-data-changed', left.data ?? 'none', right.data ?? 'none'),
    ...differing('length-changed', length(left), length(right)),
    ...differing('batch-changed', String(left.batch), String(right.batch)),
    ...differing(
      'optimiser-changed',
      plain([left.optimiser, left.partOptimisers]),
      plain([right.optimiser, right.partOptimisers]),
    ),
    ...differing('schedule-changed', plain(left.schedule), plain(right.schedule)),
    ...differing('clip-gradient-changed', String(left.clipGradient ?? 'off'), String(right.clipGradient ?? 'off')),
  ];
}

// ── evaluation ───────────────────────────────────────────────────────

function evaluationKey(it: CheckedEvaluation): string {
  return it.name === it.data ? it.name : `${it.name} on ${it.data}`;
}

function metricNames(it: CheckedEvaluation | undefined): string | undefined {
  return it?.metrics.map((metric) => metric.name).join(', ');
}

function selection(it: CheckedEvaluation): string {
  return plain([it.best ?? 'none', it.every ?? 'end']);
}

function evaluationChanges(before: CheckedExperiment, after: CheckedExperiment): Change[] {
  return pairs(before.evaluations, after.evaluations, evaluationKey).flatMap(([left, right]) => {
    const side = left ?? right;
    const subject = side === undefined ? '' : evaluationKey(side);
    const place = places(left?.span, right?.span);
    if (left === undefined) return [change('evaluation-added', subject, undefined, metricNames(right), { place })];
    if (right === undefined) return [change('evaluation-removed', subject, metricNames(left), undefined, { place })];
    return [
      ...metricChanges(subject, left, right),
      ...(selection(left) === selection(right) ? [] : [change('selection-changed', subject, selection(left), selection(right), { place })]), // prettier-ignore
    ];
  });
}

function metricChanges(subject: string, before: CheckedEvaluation, after: CheckedEvaluation): Change[] {
  const hash = structure((typed) => (typed.op === 'call' && typed.args[0]?.op !== 'prompt' ? 'model' : undefined));
  return pairs(before.metrics, after.metrics, (it) => it.name).flatMap(([left, right]) => {
    const name = `${subject} ${(left ?? right)?.name ?? ''}`;
    const place = places(left?.span, right?.span);
    const words = (it: typeof left) => it && `${it.formula}${it.unit === undefined ? '' : ` in ${it.unit}`}`;
    if (left === undefined) return [change('metric-added', name, undefined, words(right), { place })];
    if (right === undefined) return [change('metric-removed', name, words(left), undefined, { place })];
    return hash(left.typed) === hash(right.typed) && left.unit === right.unit
      ? []
      : [change('metric-changed', name, words(left), words(right), { place })];
  });
}

function studyChanges(before: CheckedExperiment, after: CheckedExperiment): Change[] {
  const seeds = [before.seeds.join(', '), after.seeds.join(', ')] as const;
  const rows = pairs(before.rows, after.rows, (it) => it.label).flatMap(([left, right]) => {
    if (left !== undefined && right !== undefined) return [];
    const place = places(left?.span, right?.span);
    const rule = left === undefined ? 'row-added' : 'row-removed';
    return [change(rule, (left ?? right)?.label ?? '', left?.ablation, right?.ablation, { place })];
  });
  return [...(seeds[0] === seeds[1] ? [] : [change('seeds-changed', 'seeds', ...seeds)]), ...rows];
}

// ── common ───────────────────────────────────────────────────────────

interface ChangeOptions {
  readonly class?: ChangeClass;
  readonly consequence?: string;
  readonly place?: Change['place'];
}

function change(
  rule: ChangeRule,
  subject: string,
  before?: string,
  after?: string,
  options: ChangeOptions = {},
): Change {
  return {
    rule,
    class: options.class ?? changeRules[rule],
    subject,
    ...(before !== undefined && { before }),
    ...(after !== undefined && { after }),
    ...(options.consequence !== undefined && { consequence: options.consequence }),
    place: options.place ?? {},
    fingerprint: sha256(JSON.stringify([rule, subject, before ?? null, after ?? null])).slice(0, 12),
  };
}

function places(before: Span | undefined, after: Span | undefined): Change['place'] {
  return { ...(before !== undefined && { before }), ...(after !== undefined && { after }) };
}

/** What both sides call by one name stands together; what one side lacks comes after, in its own order. */
function pairs<T>(
  before: readonly T[],
  after: readonly T[],
  key: (item: T) => string,
): readonly [T | undefined, T | undefined][] {
  const right = new Map(after.map((it) => [key(it), it]));
  const left = new Set(before.map(key));
  return [
    ...before.map((it): [T, T | undefined] => [it, right.get(key(it))]),
    ...after.filter((it) => !left.has(key(it))).map((it): [undefined, T] => [undefined, it]),
  ];
}

/** Two pieces of data by the fields in which they differ: `image.size: 48, context: 32`. */
function differingFields(before: unknown, after: unknown): readonly [string, string] {
  const [left, right] = [flattened(before), flattened(after)];
  const paths = [...new Set([...left.keys(), ...right.keys()])].filter((path) => left.get(path) !== right.get(path));
  const words = (side: ReadonlyMap<string, string>) =>
    paths.map((path) => `${path} ${side.get(path) ?? 'absent'}`).join(', ');
  return [words(left), words(right)];
}

/** Path of each leaf to its value; lists are leaves. */
function flattened(value: unknown): ReadonlyMap<string, string> {
  const leaves = new Map<string, string>();
  const walk = (item: unknown, path: string): void => {
    if (typeof item === 'object' && item !== null && !Array.isArray(item)) {
      for (const [key, inner] of Object.entries(item)) walk(inner, path === '' ? key : `${path}.${key}`);
    } else leaves.set(path, plain(item));
  };
  walk(JSON.parse(canonical(value)), '');
  return leaves;
}

/** Data as short text: no quotes around keys, no spans. */
function plain(value: unknown): string {
  return canonical(value)
    .replaceAll(/"([A-Za-z_]\w*)":/g, '$1: ')
    .replaceAll(',', ', ')
    .replaceAll('"', '');
}

function countTrainable(program: Program): number {
  const training = new Set(program.stages.flatMap((it) => it.trainable));
  return program.parameters.filter((it) => training.has(it.name)).reduce((sum, it) => sum + elements(it.shape), 0);
}

function countAll(program: Program): number {
  return program.parameters.reduce((sum, it) => sum + elements(it.shape), 0);
}

function elements(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}

function thousands(value: number): string {
  return String(value).replaceAll(/\B(?=(\d{3})+$)/g, ',');
}
