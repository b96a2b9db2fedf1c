/** A small experiment with a column of every kind, trained and frozen parameters, and numbers for all of them. */
import { compile, type Compilation } from '../../src/compiler/compile.ts';
import type { DataFacts } from '../../src/compiler/assemble/facts.ts';
import type { CheckedExperiment } from '../../src/compiler/check/checked.ts';
import { graphInputs, type Graph } from '../../src/compiler/ir/graph.ts';
import type { TensorData } from '../../src/compiler/ir/tensor-data.ts';
import { places, tensor, type NamedAxis, type NamedTensor } from './named-tensor.ts';
import type { Formula, World } from './random-formulas.ts';
import { feed, Random } from './random.ts';

const fixed = { d: 2, k: 3, p: 3, class: 3 } as const;

/** Declarations of the experiment; `w` and `q` are made trainable or frozen, `L` reads everything so that all may be declared. */
export const declarations = (batch: number, flags: { readonly w: string; readonly q: string }): string => `clipx 1
experiment t
axis d = ${fixed.d}
axis k : item = ${fixed.k}
axis p : position = ${fixed.p}
vocabulary class = ["a", "b", "c"]
input x : vector(d)
input y : vector(k)
input s : scalar
input c : class(class)
input m : labels(class)
${flags.w} param w : [d, class] = normal(1)
${flags.q} param q : [k, p] = normal(1)
trainable param r = 1
data seen = jsonl("seen.jsonl") { x: "x"  y: "y"  s: "s"  c: "c"  m: "m" }
loss L = mean(x) + mean(y) + mean(s) + mean(w) + mean(q) + r + mean(m * index(class)[class: c])
train on seen { steps: 1  batch: ${batch}  optimizer: sgd(lr: 1) }
`;

export interface RandomWorld {
  readonly world: World;
  /** Numbers for every input of a graph, by its name. */
  readonly feeds: ReadonlyMap<string, NamedTensor>;
}

/** Numbers for every input of the file. */
export function worldOf(seed: number, batch: number): RandomWorld {
  const random = new Random(seed);
  const sizes: Readonly<Record<string, number>> = { batch, ...fixed };
  const axes = Object.fromEntries(Object.entries(sizes).map(([name, size]): [string, NamedAxis] => [name, { name, size, feature: name === 'd' }])); // prettier-ignore
  const over = (names: readonly string[]): NamedAxis[] => names.flatMap((name) => axes[name] ?? []);
  const feeds = new Map<string, NamedTensor>();
  const given: Formula[] = [];
  const add = (name: string, key: string, names: readonly string[], draw: () => number, more: Partial<Formula> = {}): void => {
    const meaning = tensor(over(names), draw);
    feeds.set(key, meaning);
    given.push({ name, text: name, meaning, element: 'f32', sources: new Set([name]), ...more });
  }; // prettier-ignore
  const normal = (): number => random.uniform(-1.5, 1.5);
  add('x', 'column x', ['batch', 'd'], normal);
  add('y', 'column y', ['batch', 'k'], normal);
  add('s', 'column s', ['batch'], normal);
  add('c', 'column c', ['batch'], () => random.integer(0, 2), { element: 'i32', indexes: 'class' });
  add('w', 'w.value', ['d', 'class'], normal);
  add('q', 'q.value', ['k', 'p'], normal);
  add('r', 'r.value', [], normal);
  const mask = tensor(over(['batch', 'class']), () => (random.chance(0.6) ? 1 : 0));
  const labels = tensor(over(['batch', 'class']), () => random.integer(0, 1));
  feeds.set('column m', labels);
  feeds.set('column m.mask', mask);
  given.push({ name: 'm', text: 'm', meaning: { ...labels, mask }, element: 'f32', sources: new Set(['m']) });
  const orders = Object.fromEntries(Object.entries(sizes).map(([name, size]) => [name, random.shuffle(Array.from({ length: size }, (_, at) => at))])); // prettier-ignore
  return { world: { axes, given, orders }, feeds };
}

/** `top` gives values and places; the places are the second. */
export const equation = ({ name, text }: Formula): string =>
  `let ${text.startsWith('top(') ? `(${name}, ${name}_at)` : name} = ${text}\n`;

/** Compiles a text that has to be legal. */
export function legal(source: string, facts?: DataFacts): Compilation & { readonly checked: CheckedExperiment } {
  const host = { readText: (): undefined => undefined };
  const compilation = compile({ path: 'random.clipx', text: source, host, ...(facts === undefined ? {} : { facts }) });
  const errors = compilation.diagnostics.filter(({ severity }) => severity === 'error').map(({ code, message, span }) => `${code}: ${message} (${source.slice(span?.start, span?.end)})`); // prettier-ignore
  const { checked } = compilation;
  if (checked === undefined || errors.length > 0) throw new Error(`${errors.join('\n')}\n${source}`);
  return { ...compilation, checked };
}

/** Tensors for those inputs of a graph that the world gives: columns, parameters and random orders. */
export function feedsOf(
  graph: Graph,
  { feeds, world }: RandomWorld,
  checked: CheckedExperiment,
): Record<string, TensorData> {
  const entries = graphInputs(graph).flatMap(({ name, type }): [string, TensorData][] => {
    const value = feeds.get(name);
    if (value !== undefined) return [[name, feed(type.dtype, type.shape, places(value.axes).map(value.at))]];
    if (!name.startsWith('random ')) return [];
    return [[name, feed('i32', type.shape, world.orders[shuffledAxis(name, checked)] ?? [])]];
  });
  return Object.fromEntries(entries);
}

/** The axis over which the stream of this input shuffles. */
function shuffledAxis(name: string, checked: CheckedExperiment): string {
  const stack = [...checked.values, ...checked.training.terms].map(({ typed }) => typed);
  for (let node = stack.pop(); node !== undefined; node = stack.pop()) {
    if (node.op === 'shuffle' && `random ${node.attributes.stream}` === name) return node.attributes.axis.name;
    stack.push(...node.args);
  }
  throw new Error(`no shuffle draws from ${name}`);
}
