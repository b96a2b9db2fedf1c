/**
 * What the compiler makes of random equations over named axes, against loops over the names (`test/support/named-tensor.ts`): alignment,
 * reductions, masks, conditions, products, renaming, indexing, births of axes.
 */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compile } from '../../../src/compiler/compile.ts';
import type { CheckedExperiment } from '../../../src/compiler/check/checked.ts';
import { Elaborator } from '../../../src/compiler/elaborate/elaborator.ts';
import type { Located } from '../../../src/compiler/elaborate/located.ts';
import { evaluateNodes } from '../../../src/compiler/ir/evaluate.ts';
import { graphInputs, type Graph } from '../../../src/compiler/ir/graph.ts';
import type { TensorData } from '../../../src/compiler/ir/tensor-data.ts';
import { places, tensor, type NamedAxis, type NamedTensor } from '../../support/named-tensor.ts';
import { randomFormulas, Tape, type Formula, type World } from '../../support/random-formulas.ts';
import { feed, Random } from '../../support/random.ts';

const sizes = { batch: 3, d: 2, k: 3, p: 3, class: 3 } as const;
const feature = new Set(['d']);
const axes = Object.fromEntries(Object.entries(sizes).map(([name, size]): [string, NamedAxis] => [name, { name, size, feature: feature.has(name) }])); // prettier-ignore
const axis = (name: string): NamedAxis => axes[name] ?? { name, size: 0, feature: false };

const header = `clipx 1
experiment t
axis d = ${sizes.d}
axis k : item = ${sizes.k}
axis p : position = ${sizes.p}
vocabulary class = ["a", "b", "c"]
input x : vector(d)
input y : vector(k)
input s : scalar
input c : class(class)
input m : labels(class)
trainable param w : [d, class] = normal(1)
trainable param q : [k, p] = normal(1)
trainable param r = 1
data seen = jsonl("seen.jsonl") { x: "x"  y: "y"  s: "s"  c: "c"  m: "m" }
loss L = mean(x) + mean(y) + mean(s) + mean(w) + mean(q) + r + mean(m * index(class)[class: c])
minimize L
train on seen { steps: 1  batch: ${sizes.batch}  optimizer: sgd(lr: 1) }
`;

/** Numbers for every input of the file, by the name of the graph's input. */
function worldOf(seed: number): { world: World; feeds: Map<string, NamedTensor> } {
  const random = new Random(seed);
  const feeds = new Map<string, NamedTensor>();
  const given: Formula[] = [];
  const add = (
    name: string,
    key: string,
    over: readonly string[],
    draw: () => number,
    more: Partial<Formula> = {},
  ): void => {
    // prettier-ignore
    const meaning = tensor(over.map(axis), draw);
    feeds.set(key, meaning);
    given.push({ name, text: name, meaning, element: 'f32', sources: new Set([name]), ...more });
  };
  const normal = (): number => random.uniform(-1.5, 1.5);
  add('x', 'column x', ['batch', 'd'], normal);
  add('y', 'column y', ['batch', 'k'], normal);
  add('s', 'column s', ['batch'], normal);
  add('c', 'column c', ['batch'], () => random.integer(0, 2), { element: 'i32', indexes: 'class' });
  add('w', 'w.value', ['d', 'class'], normal);
  add('q', 'q.value', ['k', 'p'], normal);
  add('r', 'r.value', [], normal);
  const mask = tensor(['batch', 'class'].map(axis), () => (random.chance(0.6) ? 1 : 0));
  feeds.set('column m.mask', mask);
  const labels = tensor(['batch', 'class'].map(axis), () => random.integer(0, 1));
  feeds.set('column m', labels);
  given.push({ name: 'm', text: 'm', meaning: { ...labels, mask }, element: 'f32', sources: new Set(['m']) });
  const orders = Object.fromEntries(Object.entries(sizes).map(([name, size]) => [name, random.shuffle(Array.from({ length: size }, (_, at) => at))])); // prettier-ignore
  return { world: { axes, given, orders }, feeds };
}

/** `top` gives values and places; the places are the second. */
const equation = ({ name, text }: Formula): string =>
  `let ${text.startsWith('top(') ? `(${name}, ${name}_at)` : name} = ${text}\n`;

function checkedOf(formulas: readonly Formula[]): CheckedExperiment {
  const source = `${header}${formulas.map(equation).join('')}`;
  const { checked, diagnostics } = compile({ path: 'random.clipx', text: source, host: { readText: () => undefined }, until: 'check' }); // prettier-ignore
  const errors = diagnostics.filter(({ severity }) => severity === 'error').map(({ code, message, span }) => `${code}: ${message} (${source.slice(span?.start, span?.end)})`); // prettier-ignore
  if (checked === undefined || errors.length > 0)
    throw new Error(`${errors.join('\n')}\n${source.slice(header.length)}`);
  return checked;
}

/** Tensors for every input of the graph, its axes in the graph's order. */
function feedsOf(
  graph: Graph,
  feeds: ReadonlyMap<string, NamedTensor>,
  world: World,
  checked: CheckedExperiment,
): Record<string, TensorData> {
  // prettier-ignore
  return Object.fromEntries(graphInputs(graph).map((input) => {
    const { name, type } = input;
    const value = feeds.get(name);
    if (value !== undefined) return [name, feed(type.dtype, type.shape, places(value.axes).map(value.at))];
    // the order of a shuffle, by the axis it has the size of: told by its label
    const order = world.orders[shuffledAxis(name, checked)] ?? [];
    return [name, feed('i32', type.shape, order)];
  })); // prettier-ignore
}

/** The axis over which the stream of this input shuffles. */
function shuffledAxis(name: string, checked: CheckedExperiment): string {
  for (const { typed } of checked.values) {
    const stack = [typed];
    for (let node = stack.pop(); node !== undefined; node = stack.pop()) {
      if (node.op === 'shuffle' && `random ${node.attributes.stream}` === name) return node.attributes.axis.name;
      stack.push(...node.args);
    }
  }
  throw new Error(`no shuffle draws from ${name}`);
}

/** Entries where the two differ, in words. A mask may lack axes along which it is the same. */
function disagreements(
  what: string,
  located: Located,
  value: TensorData | undefined,
  wanted: NamedTensor,
  mayLack = false,
): string[] {
  const named = located.axes.map((each) => each.name);
  const expected = wanted.axes.map((each) => each.name);
  const same = named.every((name) => expected.includes(name)) && (mayLack || named.length === expected.length);
  if (!same) return [`${what} has [${named.join()}], expected [${expected.join()}]`];
  const size = (name: string): number => wanted.axes.find((each) => each.name === name)?.size ?? 0;
  return places(wanted.axes).flatMap((place) => {
    const at = named.reduce((offset, name) => offset * size(name) + (place[name] ?? 0), 0);
    const want = wanted.at(place);
    const got = value?.data[at] ?? Number.NaN;
    const there = wanted.mask === undefined || wanted.mask.at(place) === 1;
    if (!there || Number.isNaN(want) || Math.abs(got - want) <= 1e-9 * (1 + Math.abs(want))) return [];
    return [`${what} at ${JSON.stringify(place)}: ${got}, expected ${want}`];
  });
}

function check(tape: Tape, seed: number): string[] {
  const { world, feeds } = worldOf(seed);
  const formulas = randomFormulas(tape, world, 14);
  const checked = checkedOf(formulas);
  const elaborator = new Elaborator('t', checked, { batch: sizes.batch, vocabularies: new Map() }, false);
  const found = formulas.map((formula) => {
    const typed = checked.values.find((value) => value.name === formula.name)?.typed;
    if (typed === undefined) throw new Error(`${formula.name} is no value`);
    const value = elaborator.value(typed);
    const mask = typed.mask === undefined ? undefined : elaborator.value(typed.mask);
    return { formula, typed, value, mask };
  });
  for (const { formula, value, mask } of found) {
    elaborator.output(formula.name, value.node);
    if (mask !== undefined) elaborator.output(`${formula.name} mask`, mask.node);
  }
  const { graph } = elaborator.finish();
  const nodes = graph.outputs.map((output) => output.node);
  const values = evaluateNodes(graph, feedsOf(graph, feeds, world, checked), nodes, { precision: 'f64' });
  return found.flatMap(({ formula, typed, value, mask }) => {
    const wrong: string[] = [];
    const what = `${formula.name} = ${formula.text}`;
    const elements = graph.nodes[value.node]?.type.dtype;
    if (elements !== formula.element || typed.type.element !== formula.element)
      wrong.push(`${formula.name} = ${formula.text} is ${elements}, checked as ${typed.type.element}, expected ${formula.element}`); // prettier-ignore
    const wantedMask = formula.meaning.mask;
    if ((mask === undefined) !== (wantedMask === undefined))
      wrong.push(`${formula.name} = ${formula.text} ${mask === undefined ? 'lost its mask' : 'has a mask from nowhere'}`);
    if (mask !== undefined && wantedMask !== undefined)
      wrong.push(...disagreements(`mask of ${what}`, mask, values.get(mask.node), wantedMask, true));
    wrong.push(...disagreements(what, value, values.get(value.node), formula.meaning));
    return wrong;
  }); // prettier-ignore
}

describe('equations over named axes', () => {
  it('mean what loops over the names compute', () => {
    const choices = fc.array(fc.nat(1_000_000), { minLength: 20, maxLength: 90 });
    fc.assert(
      fc.property(choices, fc.nat(1000), (tape, seed) => {
        expect(check(new Tape(tape), seed)).toEqual([]);
      }),
      { numRuns: Number(process.env['CLIPX_RUNS'] ?? 250) },
    );
  });
});
