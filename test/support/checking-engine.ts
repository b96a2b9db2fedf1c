import { evaluateGraph } from '../../src/compiler/ir/evaluate.ts';
import type { TensorData } from '../../src/compiler/ir/tensor-data.ts';
import type { OutputSource, ProgramFunction } from '../../src/compiler/program/program-function.ts';
import type { Engine, Executable, TensorValue } from '../../src/runtime/backends/backend.ts';
import { openReference } from '../../src/runtime/backends/reference.ts';
import type { EngineColumn } from '../conformance/engines.ts';
import { evaluateRounding } from './rounding-errors.ts';

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

/** The reference is slow: of the minibatches of an evaluation the first tells, of training as many as two updates take. */
const compared = (fn: ProgramFunction): number => (fn.id.endsWith('/step') ? 4 : 1);

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
            let judge: Judge | undefined;
            const compare = (name: string, found: Tensors): void => {
              if (differences(fn, found, right).length === 0) return;
              judge ??= judgeOf(fn, feeds, right);
              tell(name, judge(found));
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

const largest = ({ data }: Pick<TensorData, 'data'>): number => {
  let most = 0;
  for (const value of data) most = Math.max(most, Math.abs(value));
  return most;
};

const notFinite = (results: Tensors): string[] =>
  Object.entries(results).flatMap(([name, { data }]) => (data.every(Number.isFinite) ? [] : [`${name} is not finite`]));

type Judge = (found: Tensors) => string[];

/**
 * How many times as far as the furthest draw an engine may be. The largest of few draws is less than what is possible: of a number whose
 * error is normal (a gradient that is zero but for rounding is one number, however many entries it has), an engine that rounds as the draws do is
 * further than c times the largest of 12 in a share of 3e-3 (c = 2), 1e-4 (c = 3), 1e-5 (c = 4) of cases: the double integral
 * ∫ P(|e| > c m) dP(max = m). The suite judges some hundred such numbers. What float32 determines is not judged by this, but by `tolerance`.
 */
const leeway = 4;

/** A decision (a ReLU, a maximum) that float32 leaves open goes the other way in one of so many draws, unless it is all but settled. */
const draws = 12;

/**
 * Where an engine is far from the reference, float32 may say no more: then the exact result (float64) judges, and an engine may be as far
 * from it as other ways of rounding are, the reference's among them. What an engine computes wrongly stays further away than that.
 */
function judgeOf(fn: ProgramFunction, feeds: Tensors, right: Tensors): Judge {
  const exact = evaluateGraph(fn.graph, feeds, { precision: 'f64' });
  const spread = new Map<string, number>();
  const note = (results: Readonly<Record<string, Pick<TensorData, 'data'>>>): void => {
    for (const [name, { data }] of Object.entries(exact))
      spread.set(name, Math.max(spread.get(name) ?? 0, leeway * farthest(data, results[name]?.data ?? [])));
  };
  note(right);
  let drawn = 0;
  return (found) => {
    let left = differences(fn, found, exact, spread);
    // most differences show at once: no more is drawn than is needed
    for (; drawn < draws && left.length > 0; left = differences(fn, found, exact, spread))
      note(evaluateRounding(fn.graph, feeds, ++drawn));
    return left;
  };
}

function farthest(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let most = 0;
  for (let at = 0; at < a.length; at++) most = Math.max(most, Math.abs((a[at] ?? 0) - (b[at] ?? 0)));
  return most;
}

function differences(
  { outputs }: ProgramFunction,
  found: Tensors,
  expected: Readonly<Record<string, TensorData>>,
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

function difference(name: string, found: TensorValue | undefined, expected: TensorData, allowed: number): string[] {
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
