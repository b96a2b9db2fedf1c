/** One equation of the language, worked out by the reference on given numbers. */
import { Elaborator } from '../../src/compiler/elaborate/elaborator.ts';
import { compile } from '../../src/compiler/compile.ts';
import { differentiate } from '../../src/compiler/differentiate/differentiate.ts';
import { evaluateNodes } from '../../src/compiler/ir/evaluate.ts';
import { graphInputs } from '../../src/compiler/ir/graph.ts';
import { printValueType } from '../../src/compiler/types/value-type.ts';
import { places, tensor, type NamedTensor, type Place } from './named-tensor.ts';
import { weightedSum } from './finite-differences.ts';
import { feed } from './random.ts';

export interface Equations {
  /** Axes, vocabularies, consts and fns; inputs too. */
  readonly declare?: string;
  /** Each a param over its axes, which are declared for it. */
  readonly given: Readonly<Record<string, NamedTensor>>;
  /** Axes that `declare` declares already. */
  readonly declared?: readonly string[];
  /** Numbers of inputs, by `x` or `x.mask`. */
  readonly columns?: Readonly<Record<string, NamedTensor>>;
  /** Statements before the equation. */
  readonly lets?: string;
  readonly batch?: number;
  /** Views are drawn, as in a training step. */
  readonly drawn?: true;
  /** Numbers in 0..1, or orders, that random streams give; by a part of the stream's name. */
  readonly draws?: Readonly<Record<string, (at: number) => number>>;
}

const kindOf = ({ feature }: NamedTensor['axes'][number]): string => (feature ? 'feature' : 'item');

function source(
  { declare = '', given, declared = [], columns = {}, lets = '', batch = 2 }: Equations,
  equation: string,
): string {
  const own = new Map(Object.values(given).flatMap((each) => each.axes.map((axis) => [axis.name, axis])));
  const axes = [...own.values()].filter((axis) => !declared.includes(axis.name)).map((axis) => `axis ${axis.name} : ${kindOf(axis)} = ${axis.size}`); // prettier-ignore
  const params = Object.entries(given).map(([name, value]) => `trainable param ${name} : [${value.axes.map((axis) => axis.name).join(', ')}] = normal(1)`); // prettier-ignore
  const read = Object.keys(given).map((name) => `sum(${name})`);
  const names = Object.keys(columns).filter((name) => !name.includes('.'));
  return `clipx 1
experiment t
${axes.join('\n')}
${declare}
${params.join('\n')}
trainable param one = 1
data seen = jsonl("seen.jsonl") { ${names.map((name) => `${name}: "${name}"`).join('  ')} }
loss L = ${['one', ...read].join(' + ')}
minimize L
train on seen { steps: 1  batch: ${batch}  optimizer: sgd(lr: 1) }
${lets}
let out = ${equation}
`;
}

/** What `clipx check` says of the equation: `CX3001: …`, warnings too. */
export function faults(equations: Equations, equation: string): string[] {
  const text = source(equations, equation);
  const { diagnostics } = compile({ path: 't.clipx', text, host: { readText: () => undefined }, until: 'check' });
  return diagnostics.filter(({ severity }) => severity !== 'note').map(({ code, message }) => `${code}: ${message}`);
}

function checkedValue(equations: Equations, equation: string, name = 'out') {
  const text = source(equations, equation);
  const { checked, diagnostics } = compile({
    path: 't.clipx',
    text,
    host: { readText: () => undefined },
    until: 'check',
  });
  const errors = diagnostics
    .filter(({ severity }) => severity === 'error')
    .map(({ code, message }) => `${code}: ${message}`);
  const typed = checked?.values.find((value) => value.name === name)?.typed;
  if (checked === undefined || typed === undefined || errors.length > 0)
    throw new Error(`${errors.join('\n')}\n${text}`);
  return { checked, typed };
}

/** The type as `explain` prints it, with `masked` where some elements may not be real. */
export function typeOf(equations: Equations, equation: string): string {
  const { typed } = checkedValue(equations, equation);
  return `${printValueType(typed.type)}${typed.mask === undefined ? '' : ' masked'}`;
}

/** The value of the equation. Axes have their short names, with the size at the end where two would be alike. */
export function valueOf(equations: Equations, equation: string): NamedTensor {
  const { checked, typed } = checkedValue(equations, equation);
  const sizes = { batch: equations.batch ?? 2, vocabularies: new Map<string, number>() };
  const elaborator = new Elaborator('t', checked, sizes, false, equations.drawn === true);
  const located = elaborator.value(typed);
  const mask = typed.mask === undefined ? undefined : elaborator.value(typed.mask);
  elaborator.output('out', located.node);
  if (mask !== undefined) elaborator.output('mask', mask.node);
  const { graph } = elaborator.finish();
  const wanted = [located, ...(mask === undefined ? [] : [mask])];
  const values = evaluateNodes(graph, feeds(equations, graph), wanted.map((each) => each.node), { precision: 'f64' }); // prettier-ignore
  const named = ({ node, axes }: typeof located): NamedTensor => {
    const shape = graph.nodes[node]?.type.shape ?? [];
    const own = axes.map((axis, at) => ({ name: axis.name, size: shape[at] ?? 1, feature: axis.kind === 'feature' }));
    const data = values.get(node)?.data;
    const offset = (place: Place): number => own.reduce((sum, axis) => sum * axis.size + (place[axis.name] ?? 0), 0);
    return tensor(own, (place) => data?.[offset(place)] ?? Number.NaN);
  };
  const value = named(located);
  return mask === undefined ? value : { ...value, mask: named(mask) };
}

function feeds({ given, columns = {}, draws = {} }: Equations, graph: Parameters<typeof graphInputs>[0]) {
  return Object.fromEntries(
    graphInputs(graph).map(({ name, type }) => {
      const key = name.replace(/^column /, '').replace(/\.value$/, '');
      const value = given[key] ?? columns[key];
      const draw = Object.entries(draws).find(([part]) => name.includes(part))?.[1];
      const count = type.shape.reduce((product, size) => product * size, 1);
      if (value === undefined && draw === undefined) throw new Error(`no numbers for ${name}`);
      const numbers = value === undefined ? Array.from({ length: count }, (_, at) => draw?.(at) ?? 0) : places(value.axes).map(value.at);
      return [name, feed(type.dtype, type.shape, numbers)] as const;
    }),
  ); // prettier-ignore
}

/** Numbers along axes, row-major; a name with `f_` first is a feature axis. */
export function numbers(
  axes: Readonly<Record<string, number>>,
  values: readonly number[] | ((at: number) => number),
): NamedTensor {
  const own = Object.entries(axes).map(([name, size]) => ({ name, size, feature: name.startsWith('f_') }));
  const at = typeof values === 'function' ? values : (index: number): number => values[index] ?? Number.NaN;
  const all = new Map(places(own).map((place, index) => [JSON.stringify(place), at(index)]));
  return tensor(own, (place) => all.get(JSON.stringify(Object.fromEntries(own.map(({ name }) => [name, place[name]])))) ?? Number.NaN); // prettier-ignore
}

/** All entries, axes in this order; NaN where the mask says that nothing is. */
export function entries(value: NamedTensor, ...order: readonly string[]): number[] {
  const axes = order.map((name) => value.axes.find((axis) => axis.name === name) ?? { name, size: 0, feature: false });
  if (axes.length !== value.axes.length)
    throw new Error(`has ${value.axes.map(({ name }) => name).join()}, not ${order.join()}`);
  return places(axes).map((place) =>
    value.mask === undefined || value.mask.at(place) === 1 ? value.at(place) : Number.NaN,
  );
}

/** Places where the gradient of a random weighted sum of the equation's entries disagrees with central differences, by what is given. */
export function gradientFaults(equations: Equations, equation: string): string[] {
  const { checked, typed } = checkedValue(equations, equation);
  const elaborator = new Elaborator('t', checked, { batch: equations.batch ?? 2, vocabularies: new Map() }, true);
  const located = elaborator.value(typed);
  const loss = weightedSum(elaborator.builder, located.node);
  const { graph } = elaborator.finish();
  const named = new Map(graphInputs(graph).map(({ node, name }) => [node, name.replace(/\.value$/, '')]));
  const wrt = [...named].filter(([, name]) => name in equations.given).map(([id]) => id);
  const point = feeds(equations, graph);
  const precision = { precision: 'f64' } as const;
  const { graph: whole, gradients } = differentiate(graph, loss, wrt);
  const found = evaluateNodes(whole, point, [...gradients.values()], precision);
  const lossNow = (): number => evaluateNodes(graph, point, [loss], precision).get(loss)?.data[0] ?? Number.NaN;
  const step = 1e-5;
  return wrt.flatMap((id) => {
    const name = named.get(id) ?? '';
    const gradient = found.get(gradients.get(id) ?? -1)?.data;
    const { data } = point[`${name}.value`] ?? { data: [] };
    return Array.from(data).flatMap((value, at) => {
      const around = [value + step, value - step].map((moved) => {
        data[at] = moved;
        return lossNow();
      });
      data[at] = value;
      const expected = ((around[0] ?? 0) - (around[1] ?? 0)) / (2 * step);
      const got = gradient?.[at] ?? 0;
      return Math.abs(got - expected) <= 1e-5 * (1 + Math.abs(expected)) ? [] : [`${name}[${at}]: ${got}, expected ${expected}`];
    });
  }); // prettier-ignore
}
