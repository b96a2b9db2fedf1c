import { evaluateGraph } from '../../src/compiler/ir/evaluate.ts';
import type { TensorData } from '../../src/compiler/ir/tensor-data.ts';
import type { OutputSource, ProgramFunction } from '../../src/compiler/program/program.ts';
import type { Engine, Executable, TensorValue } from '../../src/runtime/backends/backend.ts';
import { openReference } from '../../src/runtime/backends/reference.ts';
import type { EngineColumn } from '../conformance/engines.ts';
import { Random } from './random.ts';

/** What an engine computed otherwise than the reference, and what is not finite, a line each. */
export interface Checked {
  readonly engine: Engine;
  readonly faults: string[];
  /** Calls of functions, by id. */
  readonly calls: Map<string, number>;
  /** Engines that are asked. */
  readonly asked: readonly string[];
}

/** Of the largest entry of a tensor; of gradients, of a thousandth of the largest of all of them at least. */
const tolerance = 1e-3;

/** The reference is slow: of the minibatches of an evaluation two tell, of training as many as two updates take. */
const compared = (fn: ProgramFunction): number => (fn.id.endsWith('/step') ? 4 : 2);

/**
 * The first of some engines, which asks the reference and the others for the same function of the same numbers: every difference is of one
 * function alone. It runs on with its own results.
 */
export async function openChecking(columns: readonly EngineColumn[]): Promise<Checked> {
  const reference = openReference();
  const [first, ...rest] = await Promise.all(columns.map(async (column) => ({ column, engine: await column.open() })));
  if (first === undefined) throw new Error('no engine to check');
  const faults: string[] = [];
  const calls = new Map<string, number>();
  const loadFor = ({ column, engine }: typeof first, fn: ProgramFunction): Promise<Executable> =>
    engine.load(fn, column.lower(fn.graph));
  return {
    faults,
    calls,
    asked: columns.map(({ name }) => name),
    engine: {
      info: first.engine.info,
      async load(fn) {
        const own = await loadFor(first, fn);
        const expected = await reference.load(fn, undefined);
        const others: { readonly name: string; readonly executable: Executable }[] = [];
        for (const each of rest) others.push({ name: each.column.name, executable: await loadFor(each, fn) });
        return {
          async run(feeds) {
            const results = await own.run(feeds);
            const count = (calls.get(fn.id) ?? 0) + 1;
            calls.set(fn.id, count);
            const tell = (name: string, told: readonly string[]): void => {
              faults.push(...told.map((fault) => `${fn.id}, call ${count}: ${name}: ${fault}`));
            };
            tell(first.column.name, notFinite(results));
            if (count > compared(fn)) return results;
            const right = await expected.run(feeds);
            tell('reference', notFinite(right));
            let allowed: ReadonlyMap<string, number> | undefined;
            const compare = (name: string, found: Tensors): void => {
              const plain = differences(fn, found, right);
              if (plain.length === 0) return;
              allowed ??= uncertainty(fn, feeds, right);
              tell(name, differences(fn, found, right, allowed));
            };
            compare(first.column.name, results);
            for (const { name, executable } of others) compare(name, await executable.run(feeds));
            return results;
          },
          async dispose() {
            for (const { executable } of others) await executable.dispose();
            await own.dispose();
          },
        };
      },
      async dispose() {
        for (const { engine } of [first, ...rest]) await engine.dispose();
      },
    },
  };
}

type Tensors = Readonly<Record<string, TensorValue>>;

const largest = ({ data }: TensorValue): number => {
  let most = 0;
  for (const value of data) most = Math.max(most, Math.abs(value));
  return most;
};

const notFinite = (results: Tensors): string[] =>
  Object.entries(results).flatMap(([name, { data }]) => (data.every(Number.isFinite) ? [] : [`${name} is not finite`]));

/**
 * How far each result may be off where float32 says no more: by how much the exact one moves when every number that goes in moves by as
 * much as fast convolutions round (an input of a ReLU that is almost zero is then on its other side), and how far the reference itself is from
 * it, which rounds after every operation.
 */
function uncertainty({ graph }: ProgramFunction, feeds: Tensors, right: Tensors): ReadonlyMap<string, number> {
  const exactly = (tensors: Tensors): Readonly<Record<string, TensorData>> =>
    evaluateGraph(graph, tensors, { precision: 'f64' });
  const exact = exactly(feeds);
  const off = new Map<string, number>();
  const note = (results: Readonly<Record<string, Pick<TensorData, 'data'>>>): void => {
    for (const [name, { data }] of Object.entries(exact))
      off.set(name, Math.max(off.get(name) ?? 0, farthest(data, results[name]?.data ?? [])));
  };
  note(right);
  for (const draw of [1, 2, 3]) note(exactly(moved(feeds, draw)));
  return new Map([...off].map(([name, most]) => [name, leeway * most]));
}

/** An engine adds up in another order than the reference: its error is of that size, not smaller. */
const leeway = 2;

function moved(feeds: Tensors, draw: number): Tensors {
  const random = new Random(draw);
  const each = Object.entries(feeds).map(([name, value]): [string, TensorValue] => {
    if (value.dtype !== 'f32') return [name, value];
    return [name, { ...value, data: Float32Array.from(value.data, (entry) => entry * (1 + random.uniform(-2e-5, 2e-5))) }]; // prettier-ignore
  });
  return Object.fromEntries(each);
}

function farthest(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let most = 0;
  for (let at = 0; at < a.length; at++) most = Math.max(most, Math.abs((a[at] ?? 0) - (b[at] ?? 0)));
  return most;
}

function differences(
  { outputs }: ProgramFunction,
  found: Tensors,
  expected: Tensors,
  allowed: ReadonlyMap<string, number> = new Map(),
): string[] {
  const isGradient = (source: OutputSource | undefined): boolean => source?.kind === 'gradient';
  const gradients = Object.entries(expected).filter(([name]) => isGradient(outputs[name]));
  const floor = 1e-3 * Math.max(0, ...gradients.map(([, value]) => largest(value)));
  return Object.entries(expected).flatMap(([name, value]) => {
    const scale = Math.max(largest(value), isGradient(outputs[name]) ? floor : 0, 1e-6);
    const most = value.dtype === 'f32' ? Math.max(tolerance * scale, allowed.get(name) ?? 0) : 0;
    return difference(name, found[name], value, most);
  });
}

function difference(name: string, found: TensorValue | undefined, expected: TensorValue, allowed: number): string[] {
  if (found === undefined) return [`${name} is missing`];
  if (found.data.length !== expected.data.length) return [`${name} has ${found.data.length} entries, not ${expected.data.length}`]; // prettier-ignore
  let worst = -1;
  let error = allowed;
  for (let at = 0; at < expected.data.length; at++) {
    const off = Math.abs((found.data[at] ?? Number.NaN) - (expected.data[at] ?? Number.NaN));
    if (off <= error) continue;
    worst = at;
    error = off;
    if (Number.isNaN(off)) break;
  }
  if (worst < 0) return [];
  return [`${name}[${worst}] is ${found.data[worst]}, the reference says ${expected.data[worst]} (largest ${largest(expected)}, ${allowed} allowed)`]; // prettier-ignore
}
