/** Random equations over named axes, legal by construction, each with its meaning worked out by loops over names. */
import {
  concat, cumsum, dot, elementwise, entry, fill, gather, grouped, hasAxis, known, median, merged, normalize, oneHot, only, ranks, reduce, rename, scalar,
  shifted, strided, turned, windows,
  shuffled, slice, softmax, stack, tensor, topPlaces, union, upper, type NamedAxis, type NamedTensor, type Reduction,
} from './named-tensor.ts'; // prettier-ignore

/** Choices that a property test draws and shrinks; after the last one everything is the first. */
export class Tape {
  readonly #choices: readonly number[];
  #at = 0;

  constructor(choices: readonly number[]) {
    this.#choices = choices;
  }

  below(count: number): number {
    const choice = this.#choices[this.#at] ?? 0;
    this.#at += 1;
    return choice % Math.max(1, count);
  }

  pick<Item>(items: readonly Item[]): Item {
    const item = items[this.below(items.length)];
    if (item === undefined) throw new Error('nothing to pick from');
    return item;
  }

  subset<Item>(items: readonly Item[]): Item[] {
    const chosen = items.filter(() => this.below(2) === 1);
    return chosen.length > 0 || items.length === 0 ? chosen : [this.pick(items)];
  }
}

export interface Formula {
  readonly name: string;
  readonly text: string;
  readonly meaning: NamedTensor;
  readonly element: 'f32' | 'i32' | 'bool';
  /** The axis it points into. */
  readonly indexes?: string;
  /** Whether it varies with the samples, and with the others. */
  readonly sources: ReadonlySet<string>;
}

/** What the file gives to begin with, with its numbers. */
export interface World {
  readonly axes: Readonly<Record<string, NamedAxis>>;
  readonly given: readonly Formula[];
  /** The one random order of each axis. */
  readonly orders: Readonly<Record<string, readonly number[]>>;
}

type Made = Omit<Formula, 'name'>;
type Rule = (tape: Tape, pool: readonly Formula[], world: World) => Made | undefined;

const features = (value: NamedTensor): string[] => value.axes.filter((axis) => axis.feature).map((axis) => axis.name);
const names = (value: NamedTensor): string[] => value.axes.map((axis) => axis.name);
const sources = (...formulas: readonly Formula[]): ReadonlySet<string> => new Set(formulas.flatMap((each) => [...each.sources])); // prettier-ignore
const float = (text: string, meaning: NamedTensor, ...from: readonly Formula[]): Made => ({ text, meaning, element: 'f32', sources: sources(...from) }); // prettier-ignore

/** Elementwise operators refuse two feature axes that do not meet, arithmetic ones also every sample with every other. */
function fit(a: Formula, b: Formula): boolean {
  const lonely = (from: NamedTensor, other: NamedTensor): boolean =>
    features(from).some((name) => !hasAxis(other, name));
  return !(lonely(a.meaning, b.meaning) && lonely(b.meaning, a.meaning));
}
function joinsSamples(a: Formula, b: Formula): boolean {
  const has = (value: Formula, name: string): boolean => hasAxis(value.meaning, name);
  const crossed = (left: Formula, right: Formula): boolean => has(left, 'batch') && !has(left, 'other') && has(right, 'other') && !has(right, 'batch'); // prettier-ignore
  return crossed(a, b) || crossed(b, a);
}

const small = (value: Formula): boolean => value.meaning.axes.reduce((product, axis) => product * axis.size, 1) <= 300;
const numeric = (value: Formula): boolean => value.element === 'f32';

function two(tape: Tape, pool: readonly Formula[], arithmetic: boolean): readonly [Formula, Formula] | undefined {
  const a = tape.pick(pool);
  const partners = pool.filter((b) => fit(a, b) && !(arithmetic && joinsSamples(a, b)));
  return partners.length === 0 ? undefined : [a, tape.pick(partners)];
}

const ones: Readonly<Record<string, (x: number) => number>> = {
  abs: Math.abs, tanh: Math.tanh, sin: Math.sin, cos: Math.cos, relu: (x) => Math.max(x, 0), sign: Math.sign,
  sigmoid: (x) => 1 / (1 + Math.exp(-x)), softplus: (x) => Math.log1p(Math.exp(-Math.abs(x))) + Math.max(x, 0),
  floor: Math.floor, ceil: Math.ceil,
}; // prettier-ignore
const twos: Readonly<Record<string, (a: number, b: number) => number>> = {
  '+': (a, b) => a + b, '-': (a, b) => a - b, '*': (a, b) => a * b,
}; // prettier-ignore
const comparisons: Readonly<Record<string, (a: number, b: number) => boolean>> = {
  '<': (a, b) => a < b, '<=': (a, b) => a <= b, '>': (a, b) => a > b, '>=': (a, b) => a >= b, '==': (a, b) => a === b, '!=': (a, b) => a !== b,
}; // prettier-ignore

const over = (axes: readonly string[]): string =>
  axes.length === 1 ? `over: ${axes[0]}` : `over: [${axes.join(', ')}]`;

/** A condition on its own axes, for `where:`. */
const conditions = (pool: readonly Formula[], of: Formula): Formula[] =>
  pool.filter((each) => each.element === 'bool' && each.meaning.mask === undefined && names(each.meaning).every((name) => hasAxis(of.meaning, name) || !['other'].includes(name))); // prettier-ignore

const rules: Readonly<Record<string, Rule>> = {
  one: (tape, pool) => {
    const x = tape.pick(pool);
    const name = tape.pick(Object.keys(ones));
    // integers stay away from the kinks of floats
    return float(
      `${name}(${x.name})`,
      elementwise((value = 0) => ones[name]?.(value) ?? Number.NaN, x.meaning),
      x,
    );
  },
  negate: (tape, pool) => {
    const x = tape.pick(pool);
    return { ...float(`-${x.name}`, elementwise((value = 0) => -value, x.meaning), x), element: x.element === 'i32' ? 'i32' : 'f32' }; // prettier-ignore
  },
  guarded: (tape, pool) => {
    const x = tape.pick(pool);
    return tape.pick([
      float(`log(abs(${x.name}) + 1)`, elementwise((value = 0) => Math.log(Math.abs(value) + 1), x.meaning), x),
      float(`sqrt(abs(${x.name}) + 0.5)`, elementwise((value = 0) => Math.sqrt(Math.abs(value) + 0.5), x.meaning), x),
      float(`exp(tanh(${x.name}))`, elementwise((value = 0) => Math.exp(Math.tanh(value)), x.meaning), x),
      float(`${x.name} ^ 2`, elementwise((value = 0) => value ** 2, x.meaning), x),
      float(`acos(clamp(${x.name}, -0.9, 0.9))`, elementwise((value = 0) => Math.acos(Math.min(0.9, Math.max(-0.9, value))), x.meaning), x),
    ]); // prettier-ignore
  },
  arithmetic: (tape, pool) => {
    const pair = two(tape, pool, true);
    const name = tape.pick(Object.keys(twos));
    if (pair === undefined) return undefined;
    const [a, b] = pair;
    const meaning = elementwise((left = 0, right = 0) => twos[name]?.(left, right) ?? Number.NaN, a.meaning, b.meaning);
    const integers = a.element === 'i32' && b.element === 'i32';
    return { ...float(`${a.name} ${name} ${b.name}`, meaning, a, b), element: integers ? 'i32' : 'f32' };
  },
  divide: (tape, pool) => {
    const pair = two(tape, pool, true);
    if (pair === undefined) return undefined;
    const [a, b] = pair;
    return float(`${a.name} / (abs(${b.name}) + 1)`, elementwise((left = 0, right = 0) => left / (Math.abs(right) + 1), a.meaning, b.meaning), a, b); // prettier-ignore
  },
  extreme: (tape, pool) => {
    const pair = two(tape, pool, true);
    const name = tape.pick(['max', 'min'] as const);
    if (pair === undefined) return undefined;
    const [a, b] = pair;
    const integers = a.element === 'i32' && b.element === 'i32';
    return { ...float(`${name}(${a.name}, ${b.name})`, elementwise((left = 0, right = 0) => Math[name](left, right), a.meaning, b.meaning), a, b), element: integers ? 'i32' : 'f32' }; // prettier-ignore
  },
  compare: (tape, pool) => {
    const pair = two(tape, pool.filter((each) => each.indexes === undefined), false); // prettier-ignore
    const name = tape.pick(Object.keys(comparisons));
    if (pair === undefined) return undefined;
    const [a, b] = pair;
    const meaning = elementwise((left = 0, right = 0) => (comparisons[name]?.(left, right) === true ? 1 : 0), a.meaning, b.meaning); // prettier-ignore
    return { text: `${a.name} ${name} ${b.name}`, meaning, element: 'bool', sources: sources(a, b) };
  },
  logic: (tape, pool) => {
    const bools = pool.filter((each) => each.element === 'bool');
    if (bools.length === 0) return undefined;
    const pair = two(tape, bools, false);
    if (pair === undefined) return undefined;
    const [a, b] = pair;
    const made = (text: string, meaning: NamedTensor): Made => ({ text, meaning, element: 'bool', sources: sources(a, b) }); // prettier-ignore
    return tape.pick([
      made(
        `${a.name} and ${b.name}`,
        elementwise((left = 0, right = 0) => left * right, a.meaning, b.meaning),
      ),
      made(
        `${a.name} or ${b.name}`,
        elementwise((left = 0, right = 0) => Math.max(left, right), a.meaning, b.meaning),
      ),
      {
        ...made(
          `not ${a.name}`,
          elementwise((left = 0) => 1 - left, a.meaning),
        ),
        sources: a.sources,
      },
    ]);
  },
  outer: (tape, pool) => {
    const [a, b] = [tape.pick(pool), tape.pick(pool)];
    return float(`outer(${a.name}, ${b.name})`, elementwise((left = 0, right = 0) => left * right, a.meaning, b.meaning), a, b); // prettier-ignore
  },
  where: (tape, pool) => {
    const bools = pool.filter((each) => each.element === 'bool');
    const pair = two(tape, pool, false);
    if (bools.length === 0 || pair === undefined) return undefined;
    const [a, b] = pair;
    const joined = { ...a, meaning: tensor(union(a.meaning.axes, b.meaning.axes), () => 0) };
    const fitting = bools.filter((each) => fit(each, joined));
    if (fitting.length === 0) return undefined;
    const c = tape.pick(fitting);
    const meaning = elementwise((condition = 0, then = 0, otherwise = 0) => (condition === 0 ? otherwise : then), c.meaning, a.meaning, b.meaning); // prettier-ignore
    const integers = a.element === 'i32' && b.element === 'i32';
    const indexes = integers && a.indexes !== undefined && a.indexes === b.indexes ? { indexes: a.indexes } : {};
    return {
      ...float(`where(${c.name}, ${a.name}, ${b.name})`, meaning, c, a, b),
      element: integers ? 'i32' : 'f32',
      ...indexes,
    };
  },
  reduce: (tape, pool) => {
    const x = tape.pick(pool);
    const reduction = tape.pick(['sum', 'mean', 'max', 'min', 'prod', 'var', 'any', 'all', 'logsumexp'] as const satisfies Reduction[]); // prettier-ignore
    const axes = names(x.meaning);
    const all = tape.below(3) === 0 || axes.length === 0;
    const chosen = all ? axes : tape.subset(axes);
    const masks = conditions(pool, x);
    const condition = masks.length > 0 && tape.below(2) === 0 ? tape.pick(masks) : undefined;
    const extra = condition === undefined ? [] : names(condition.meaning).filter((name) => !axes.includes(name));
    const gone = all ? [...axes, ...extra] : chosen;
    const operand = reduction === 'logsumexp' ? elementwise((value = 0) => Math.tanh(value), x.meaning) : x.meaning;
    const text = reduction === 'logsumexp' ? `tanh(${x.name})` : x.name;
    const options = [...(all ? [] : [over(chosen)]), ...(condition === undefined ? [] : [`where: ${condition.name}`])];
    const element = reduction === 'any' || reduction === 'all' ? 'bool' : 'f32';
    const meaning = reduce(reduction, operand, gone, condition?.meaning);
    return { ...float(`${reduction}(${[text, ...options].join(', ')})`, meaning, x, ...(condition === undefined ? [] : [condition])), element }; // prettier-ignore
  },
  best: (tape, pool) => {
    const candidates = pool.filter((each) => numeric(each) && each.meaning.axes.length > 0);
    if (candidates.length === 0) return undefined;
    const x = tape.pick(candidates);
    const axis = tape.pick(names(x.meaning));
    const reduction = tape.pick(['argmax', 'argmin'] as const);
    return { ...float(`${reduction}(${x.name}, over: ${axis})`, reduce(reduction, x.meaning, [axis]), x), element: 'i32', indexes: axis }; // prettier-ignore
  },
  softmax: (tape, pool) => {
    const candidates = pool.filter((each) => each.meaning.axes.length > 0);
    const x = tape.pick(candidates);
    const axis = tape.pick(names(x.meaning));
    const log = tape.below(2) === 1;
    const masks = conditions(pool, x);
    const condition = masks.length > 0 && tape.below(3) === 0 ? tape.pick(masks) : undefined;
    const options = [`over: ${axis}`, ...(condition === undefined ? [] : [`where: ${condition.name}`])];
    return float(`${log ? 'log_softmax' : 'softmax'}(tanh(${x.name}), ${options.join(', ')})`, softmax(elementwise((value = 0) => Math.tanh(value), x.meaning), axis, log, condition?.meaning), x, ...(condition === undefined ? [] : [condition])); // prettier-ignore
  },
  product: (tape, pool) => {
    const a = tape.pick(pool);
    const partners = pool.filter((b) => features(a.meaning).some((name) => hasAxis(b.meaning, name)));
    if (partners.length === 0) return undefined;
    const b = tape.pick(partners);
    const shared = features(a.meaning).filter((name) => hasAxis(b.meaning, name));
    const axis = tape.pick(shared);
    const drop = (each: Formula): Formula => ({ ...each, meaning: tensor(each.meaning.axes.filter((other) => other.name !== axis), () => 0) }); // prettier-ignore
    if (!fit(drop(a), drop(b))) return undefined;
    const along = shared.length > 1 || tape.below(2) === 1 ? `, along: ${axis}` : '';
    if (tape.below(2) === 0) return float(`dot(${a.name}, ${b.name}${along})`, dot(a.meaning, b.meaning, axis), a, b);
    return float(`cos(${a.name}, ${b.name}${along})`, dot(normalize(a.meaning, axis), normalize(b.meaning, axis), axis), a, b); // prettier-ignore
  },
  sumOfProducts: (tape, pool) => {
    const pair = two(tape, pool, true);
    if (pair === undefined) return undefined;
    const [a, b] = pair;
    const axes = union(a.meaning.axes, b.meaning.axes).map((axis) => axis.name);
    if (axes.length === 0) return undefined;
    const gone = tape.subset(axes);
    const product = elementwise((left = 0, right = 0) => left * right, a.meaning, b.meaning);
    return float(`sum(${a.name} * ${b.name}, ${over(gone)})`, reduce('sum', product, gone), a, b);
  },
  normalize: (tape, pool) => {
    const candidates = pool.filter((each) => each.meaning.axes.length > 0);
    const x = tape.pick(candidates);
    const axis = tape.pick(names(x.meaning));
    return float(`normalize(${x.name}, along: ${axis})`, normalize(x.meaning, axis), x);
  },
  rename: (tape, pool) => {
    const pairs: Readonly<Record<string, string>> = { batch: 'other', k: 'k2', d: 'd2', p: 'p2', class: 'class2' };
    const candidates = pool.filter((each) => names(each.meaning).some((name) => name in pairs));
    const x = tape.pick(candidates);
    const from = tape.pick(names(x.meaning).filter((name) => name in pairs));
    const to = pairs[from] ?? '';
    const swaps = hasAxis(x.meaning, to);
    const text = swaps ? `${x.name}[${from} as ${to}, ${to} as ${from}]` : `${x.name}[${from} as ${to}]`;
    const meaning = rename(x.meaning, swaps ? { [from]: to, [to]: from } : { [from]: to });
    return { text, meaning, element: x.element, sources: x.sources, ...(x.indexes === undefined ? {} : { indexes: x.indexes }) }; // prettier-ignore
  },
  entry: (tape, pool) => {
    const candidates = pool.filter((each) => names(each.meaning).some((name) => name !== 'batch' && name !== 'other' && name !== 'pair')); // prettier-ignore
    if (candidates.length === 0) return undefined;
    const x = tape.pick(candidates);
    const axis = tape.pick(x.meaning.axes.filter((each) => !['batch', 'other', 'pair'].includes(each.name)));
    const at = tape.below(axis.size * 2) - axis.size;
    return { text: `${x.name}[${axis.name}: ${at}]`, meaning: entry(x.meaning, axis.name, at), element: x.element, sources: x.sources, ...(x.indexes === undefined ? {} : { indexes: x.indexes }) }; // prettier-ignore
  },
  slice: (tape, pool) => {
    const sliceable = ['k', 'd', 'p', 'class'];
    const candidates = pool.filter((each) => names(each.meaning).some((name) => sliceable.includes(name) && !hasAxis(each.meaning, `${name}_part`))); // prettier-ignore
    if (candidates.length === 0) return undefined;
    const x = tape.pick(candidates);
    const axis = tape.pick(x.meaning.axes.filter((each) => sliceable.includes(each.name) && !hasAxis(x.meaning, `${each.name}_part`))); // prettier-ignore
    const from = tape.below(axis.size - 1);
    const bounds = tape.pick([`${from}..${from + 1}`, `${from - axis.size}..${from + 1 - axis.size}`, `${from}..${from + 1 - axis.size}`]); // prettier-ignore
    const as = `${axis.name}_part`;
    return { text: `${x.name}[${axis.name}: ${bounds} as ${as}]`, meaning: slice(x.meaning, axis.name, from, 2, as), element: x.element, sources: x.sources, ...(x.indexes === undefined ? {} : { indexes: x.indexes }) }; // prettier-ignore
  },
  gather: (tape, pool) => {
    const points = pool.filter((each) => each.indexes !== undefined);
    if (points.length === 0) return undefined;
    const index = tape.pick(points);
    const target = index.indexes ?? '';
    const candidates = pool.filter((each) => hasAxis(each.meaning, target));
    if (candidates.length === 0) return undefined;
    const x = tape.pick(candidates);
    return { text: `${x.name}[${target}: ${index.name}]`, meaning: gather(x.meaning, target, index.meaning), element: x.element, sources: sources(x, index), ...(x.indexes === undefined ? {} : { indexes: x.indexes }) }; // prettier-ignore
  },
  diagonal: (tape, pool, world) => {
    const candidates = pool.filter((each) => hasAxis(each.meaning, 'batch') && hasAxis(each.meaning, 'other'));
    if (candidates.length === 0) return undefined;
    const x = tape.pick(candidates);
    const batch = world.axes['batch'];
    if (batch === undefined) return undefined;
    const index = tensor([batch], (place) => place['batch'] ?? 0);
    return { text: `${x.name}[other: index(batch)]`, meaning: gather(x.meaning, 'other', index), element: x.element, sources: x.sources, ...(x.indexes === undefined ? {} : { indexes: x.indexes }) }; // prettier-ignore
  },
  count: (tape, _pool, world) => {
    const axis = tape.pick(Object.values(world.axes));
    return tape.pick<Made>([
      { text: `index(${axis.name})`, meaning: tensor([axis], (place) => place[axis.name] ?? 0), element: 'i32', indexes: axis.name, sources: new Set([`index ${axis.name}`]) }, // prettier-ignore
      { text: `size(${axis.name})`, meaning: scalar(axis.size), element: 'i32', sources: new Set() },
    ]);
  },
  upper: (tape, pool) => {
    const candidates = pool.filter((each) => hasAxis(each.meaning, 'batch') && hasAxis(each.meaning, 'other') && !hasAxis(each.meaning, 'pair')); // prettier-ignore
    if (candidates.length === 0) return undefined;
    const x = tape.pick(candidates);
    return { text: `upper(${x.name}, batch, other) as pair`, meaning: upper(x.meaning, 'batch', 'other', 'pair'), element: x.element, sources: x.sources, ...(x.indexes === undefined ? {} : { indexes: x.indexes }) }; // prettier-ignore
  },
  top: (tape, pool) => {
    const rankable = ({ meaning }: Formula): string[] => meaning.axes.filter(({ name, size }) => size >= 2 && name !== 'pair' && !name.endsWith('_rank') && !hasAxis(meaning, `${name}_rank`)).map(({ name }) => name); // prettier-ignore
    const candidates = pool.filter((each) => numeric(each) && rankable(each).length > 0); // prettier-ignore
    if (candidates.length === 0) return undefined;
    const x = tape.pick(candidates);
    const axis = tape.pick(rankable(x));
    const as = `${axis}_rank`;
    const at = topPlaces(x.meaning, axis, 2, as);
    const picked = gather(x.meaning, axis, at);
    return float(`top(2, ${x.name}, over: ${axis} as ${as})`, picked, x);
  },
  stack: (tape, pool) => {
    const [a, b] = [tape.pick(pool), tape.pick(pool)];
    if (hasAxis(a.meaning, 'side') || hasAxis(b.meaning, 'side')) return undefined;
    const element = a.element === b.element ? a.element : 'f32';
    return { text: `stack(${a.name}, ${b.name}) as side`, meaning: stack([a.meaning, b.meaning], 'side'), element, sources: sources(a, b) }; // prettier-ignore
  },
  concat: (tape, pool) => {
    const joinable = ['k', 'd', 'p', 'class'];
    const candidates = pool.filter((each) => names(each.meaning).some((name) => joinable.includes(name)));
    if (candidates.length === 0) return undefined;
    const a = tape.pick(candidates);
    const axis = tape.pick(names(a.meaning).filter((name) => joinable.includes(name)));
    const b = tape.pick(pool);
    // a new name for each size that the joined axis may have
    const as = `${axis}_${hasAxis(b.meaning, axis) ? 'twice' : 'more'}`;
    if (hasAxis(a.meaning, as) || hasAxis(b.meaning, as)) return undefined;
    const element = a.element === b.element ? a.element : 'f32';
    return { text: `concat(${a.name}, ${b.name}, along: ${axis} as ${as})`, meaning: concat([a.meaning, b.meaning], axis, as), element, sources: sources(a, b), ...(a.indexes !== undefined && a.indexes === b.indexes ? { indexes: a.indexes } : {}) }; // prettier-ignore
  },
  order: (tape, pool) => {
    const x = tape.pick(pool.filter((each) => each.meaning.axes.length > 0));
    const axis = tape.pick(names(x.meaning));
    const by = tape.pick([-2, -1, 1, 2]);
    const kept = (text: string, meaning: NamedTensor): Made => ({ text, meaning, element: x.element, sources: x.sources, ...(x.indexes === undefined ? {} : { indexes: x.indexes }) }); // prettier-ignore
    return tape.pick([
      kept(`shift(${x.name}, by: ${by}, over: ${axis})`, shifted(x.meaning, axis, by)),
      kept(`reverse(${x.name}, over: ${axis})`, turned(x.meaning, axis)),
      float(`rank(${x.name}, over: ${axis})`, ranks(x.meaning, axis), x),
      float(`median(${x.name}, over: ${axis})`, median(x.meaning, axis), x),
    ]);
  },
  arrange: (tape, pool) => {
    const fixed = (each: Formula): NamedAxis[] => each.meaning.axes.filter((axis) => ['k', 'd', 'p', 'class'].includes(axis.name)); // prettier-ignore
    const candidates = pool.filter((each) => fixed(each).length > 0);
    if (candidates.length === 0) return undefined;
    const x = tape.pick(candidates);
    const axis = tape.pick(fixed(x));
    const [hop, tap, odd] = ['hop', 'tap', 'odd'].map((word) => `${axis.name}_${word}`) as [string, string, string];
    const kept = (text: string, meaning: NamedTensor): Made => ({ text, meaning, element: x.element, sources: x.sources, ...(x.indexes === undefined ? {} : { indexes: x.indexes }) }); // prettier-ignore
    const other = tape.pick(x.meaning.axes);
    const both = `${axis.name}_${other.name}`;
    const taken = (...fresh: readonly string[]): boolean => fresh.some((name) => hasAxis(x.meaning, name));
    const options = [
      taken(odd) ? undefined : kept(`${x.name}[${axis.name}: 0..-1 by 2 as ${odd}]`, strided(x.meaning, axis.name, 2, odd)),
      taken(hop, tap) ? undefined : kept(`windows(${x.name}, over: ${axis.name} as [${hop}, ${tap}], size: 2, every: 1)`, windows(x.meaning, axis.name, 2, hop, tap)),
      taken(both) || other.name === axis.name ? undefined : kept(`merge(${x.name}, ${axis.name}, ${other.name}) as ${both}`, merged(x.meaning, axis.name, other.name, both)),
    ].filter((each) => each !== undefined); // prettier-ignore
    return options.length === 0 ? undefined : tape.pick(options);
  },
  groups: (tape, pool, world) => {
    const points = pool.filter((each) => each.indexes !== undefined && each.indexes in world.axes);
    if (points.length === 0) return undefined;
    const index = tape.pick(points);
    const group = world.axes[index.indexes ?? ''];
    const x = tape.pick(pool);
    if (group === undefined) return undefined;
    const all = union(x.meaning.axes, index.meaning.axes);
    const whole = tape.below(2) === 0 || x.meaning.axes.length === 0;
    const gone = whole ? all.map((axis) => axis.name) : tape.subset(names(x.meaning));
    if (all.some((axis) => axis.name === group.name && !gone.includes(axis.name))) return undefined;
    const reduction = tape.pick(['sum', 'mean', 'max', 'any'] as const);
    const meaning = grouped(reduction, x.meaning, index.meaning, group, gone);
    const text = `${reduction}(${[x.name, `by: ${index.name}`, ...(whole ? [] : [over(gone)])].join(', ')})`;
    return { ...float(text, meaning, x, index), element: reduction === 'any' ? 'bool' : 'f32' };
  },
  cumsum: (tape, pool) => {
    const candidates = pool.filter((each) => each.meaning.axes.length > 0);
    const x = tape.pick(candidates);
    const axis = tape.pick(names(x.meaning));
    return float(`cumsum(${x.name}, over: ${axis})`, cumsum(x.meaning, axis), x);
  },
  shuffle: (tape, pool, world) => {
    const candidates = pool.filter((each) => names(each.meaning).some((name) => name in world.orders));
    if (candidates.length === 0) return undefined;
    const x = tape.pick(candidates);
    const axis = tape.pick(names(x.meaning).filter((name) => name in world.orders));
    return { text: `shuffle(${x.name}, over: ${axis})`, meaning: shuffled(x.meaning, axis, world.orders[axis] ?? []), element: x.element, sources: x.sources, ...(x.indexes === undefined ? {} : { indexes: x.indexes }) }; // prettier-ignore
  },
  oneHot: (tape, pool, world) => {
    const points = pool.filter((each) => each.indexes !== undefined && each.indexes in world.axes && !hasAxis(each.meaning, each.indexes)); // prettier-ignore
    if (points.length === 0) return undefined;
    const index = tape.pick(points);
    const axis = world.axes[index.indexes ?? ''];
    return axis === undefined ? undefined : float(`one_hot(${index.name})`, oneHot(index.meaning, axis), index);
  },
  masks: (tape, pool) => {
    const x = tape.pick(pool);
    const bools = pool.filter((each) => each.element === 'bool' && each.meaning.mask === undefined && fit(x, each));
    const filler = tape.pick(pool);
    const options: Made[] = [{ text: `known(${x.name})`, meaning: known(x.meaning), element: 'bool', sources: x.sources }]; // prettier-ignore
    if (bools.length > 0) {
      const c = tape.pick(bools);
      options.push({ text: `only(${x.name}, ${c.name})`, meaning: only(x.meaning, c.meaning), element: x.element, sources: sources(x, c), ...(x.indexes === undefined ? {} : { indexes: x.indexes }) }); // prettier-ignore
    }
    if (x.meaning.mask !== undefined && filler.meaning.mask === undefined && fit(x, filler)) {
      const integers = x.element === 'i32' && filler.element === 'i32';
      options.push({ ...float(`fill(${x.name}, ${filler.name})`, fill(x.meaning, filler.meaning), x, filler), element: integers ? 'i32' : 'f32' }); // prettier-ignore
    }
    return options[tape.below(options.length)];
  },
};

/** What is drawn how often: reductions have many forms, and pairs of samples need two steps to come about. */
const often = [...Object.keys(rules), ...Array.from({ length: 5 }, () => 'reduce'), 'reduce', 'product', 'product', 'rename', 'rename', 'upper', 'diagonal', 'masks', 'gather', 'order', 'arrange', 'groups']; // prettier-ignore

/** Up to `count` equations, each over what stands before it. */
export function randomFormulas(tape: Tape, world: World, count: number): Formula[] {
  const pool: Formula[] = [...world.given];
  const made: Formula[] = [];
  for (let at = 0; at < count; at++) {
    const rule = rules[tape.pick(often)];
    const drawn = rule?.(tape, pool, world);
    if (drawn === undefined) continue;
    const formula = { ...drawn, name: `v${at}` };
    if (!small(formula)) continue;
    made.push(formula);
    pool.push(formula);
  }
  return made;
}
