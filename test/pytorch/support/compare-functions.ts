/**
 * Every function of a generated package against the reference: from the same parameters and feeds, in double precision on both sides, every
 * term of a step, the gradient of every parameter, the statistics that a step leaves behind and every metric.
 */
import { join } from 'node:path';
import { expect } from 'vitest';
import { writePytorchPackage } from '../../../src/cli/pytorch-package.ts';
import type { Compilation } from '../../../src/compiler/compile.ts';
import { evaluateGraph } from '../../../src/compiler/ir/evaluate.ts';
import { graphInputs } from '../../../src/compiler/ir/graph.ts';
import type { TensorData } from '../../../src/compiler/ir/tensor-data.ts';
import type { Program } from '../../../src/compiler/program/program.ts';
import type { ProgramFunction } from '../../../src/compiler/program/program-function.ts';
import { elementCount } from '../../../src/compiler/types/dtype.ts';
import type { TensorValue } from '../../../src/runtime/backends/backend.ts';
import { columnKey } from '../../../src/runtime/batch-source.ts';
import { writeSafetensors } from '../../../src/runtime/weights/safetensors.ts';
import { functions, scopeOf } from '../../conformance/shrunk-experiments.ts';
import { readSafetensors } from '../../support/safetensors.ts';
import { root } from '../cases.ts';
import { runPython } from './python.ts';

/** Feeds by input. Of what is per sample a whole set may be given where the function takes a minibatch. */
export type FeedsOf = (
  fn: ProgramFunction,
  known: Readonly<Record<string, TensorValue>>,
) => Record<string, TensorValue>;

export interface Expected {
  /** What Python is given: feeds and parameters. */
  readonly given: Map<string, TensorValue>;
  /** `main/step|L_g`, `main/target|error` → value. */
  readonly values: ReadonlyMap<string, TensorValue>;
}

/** By the names of the package: `main|face`, `main/target|face`, `texts main|irrelevant@clip.text.ids`, `parameter|E.stem.conv.weight`. */
function placeOf(fn: ProgramFunction, input: string): string | undefined {
  const source = fn.inputs[input];
  const scope = scopeOf(fn);
  const [stage = ''] = fn.id.split('/');
  switch (source?.kind) {
    case 'parameter':
      return `parameter|${source.name}`;
    case 'texts':
      return `texts ${stage}|${source.table}.${source.part}`;
    case 'column':
      return `${scope}|${columnKey(source.column, source.part)}`;
    case 'random':
      return `${scope}|random ${source.stream}`;
    case 'weight':
    case 'measure':
      return `${scope}|${input}`;
    default:
      return undefined;
  }
}

/** What the file of results holds. */
const single = ({ dtype, shape, data }: TensorData): TensorValue => ({
  dtype,
  shape,
  data: dtype === 'f32' ? Float32Array.from(data) : Int32Array.from(data),
});

/** What the reference makes of a program. */
export function expectedOf(program: Program, feedsOf: FeedsOf): Expected {
  const known: Record<string, TensorValue> = {};
  const given = new Map<string, TensorValue>();
  const values = new Map<string, TensorValue>();
  for (const fn of functions(program)) {
    if (fn.graph.outputs.length === 0) continue;
    const feeds = feedsOf(fn, known);
    for (const [input, value] of Object.entries(feeds)) {
      const place = placeOf(fn, input);
      if (place !== undefined) given.set(place, value);
    }
    for (const [name, made] of Object.entries(inMinibatches(fn, feeds))) {
      const value = single(made);
      known[`${scopeOf(fn)} ${name}`] = made as TensorValue;
      const output = fn.outputs[name];
      if (output?.kind === 'constant' && output.id.startsWith('on ')) {
        known[output.id] = made as TensorValue;
        values.set(`${scopeOf(fn)}|${output.id}`, value);
      }
      if (output?.kind === 'term') values.set(`${scopeOf(fn)}/step|${output.name}`, value);
      if (output?.kind === 'total') values.set(`${scopeOf(fn)}/step|objective`, value);
      if (output?.kind === 'gradient') values.set(`${scopeOf(fn)}/step|gradient ${output.parameter}`, value);
      if (output?.kind === 'buffer') values.set(`${scopeOf(fn)}/step|buffer ${output.name}`, value);
      if (output?.kind === 'start') values.set(`${scopeOf(fn)}/starts|${output.parameter}`, value);
      if (output?.kind === 'count')
        values.set(`${scopeOf(fn)}${fn.id.endsWith('/metrics') ? '' : '/step'}|${name}`, value);
      if (output?.kind === 'metric') values.set(`${scopeOf(fn)}|${output.name}`, value);
    }
  }
  return { given, values };
}

/** The results of a function; of a whole set where it takes a minibatch of it, the last one filled up with its first samples. */
function inMinibatches(fn: ProgramFunction, feeds: Readonly<Record<string, TensorValue>>): Record<string, TensorData> {
  const evaluate = (some: Readonly<Record<string, TensorValue>>): Record<string, TensorData> => evaluateGraph(fn.graph, some, { precision: 'f64' });
  const cut = graphInputs(fn.graph).flatMap(({ name, type }) => {
    const [whole = 0, part = 0] = [feeds[name]?.shape[0], type.shape[0]];
    return whole === part ? [] : [{ name, whole, part }];
  });
  const [first] = cut;
  if (first === undefined) return evaluate(feeds);
  const { whole, part } = first;
  const all: Record<string, { readonly type: TensorData; readonly numbers: number[] }> = {};
  for (let from = 0; from < whole; from += part) {
    const at = Array.from({ length: part }, (_, k) => (from + k) % whole);
    const rows = cut.map(({ name }) => [name, rowsOf(feeds[name], at)] as const);
    for (const [name, value] of Object.entries(evaluate({ ...feeds, ...Object.fromEntries(rows) })))
      (all[name] ??= { type: value, numbers: [] }).numbers.push(...value.data);
  }
  return Object.fromEntries(Object.entries(all).map(([name, { type, numbers }]) => {
    const shape = [whole, ...type.shape.slice(1)];
    const data = numbers.slice(0, elementCount(shape));
    return [name, { dtype: type.dtype, shape, data: type.dtype === 'f32' ? Float64Array.from(data) : Int32Array.from(data) }];
  }));
} // prettier-ignore

function rowsOf(value: TensorValue | undefined, at: readonly number[]): TensorValue {
  if (value === undefined) throw new Error('no feed to take rows of');
  const width = elementCount(value.shape.slice(1));
  const data = value.data.slice(0, at.length * width);
  for (const [to, from] of at.entries()) data.set(value.data.subarray(from * width, (from + 1) * width), to * width);
  return { dtype: value.dtype, shape: [at.length, ...value.shape.slice(1)], data };
}

/** Writes the package of an experiment that nothing is refused of: its folder. */
export async function packageOf(folder: string, name: string, compilation: Compilation): Promise<string> {
  const target = join(folder, name.replaceAll(/\W/g, '_').toLowerCase());
  const { diagnostics } = await writePytorchPackage(compilation, { folder: target, seed: 1, projectRoot: root, runsFolder: join(root, 'runs') });
  expect(diagnostics.map(({ message }) => message)).toEqual([]);
  return target;
} // prettier-ignore

/** Runs every function of a package in Python, and what is otherwise than expected, a line each. */
export function packageFaults(python: string, target: string, { given, values }: Expected): string[] {
  const [input, output] = [`${target}.in.safetensors`, `${target}.out.safetensors`];
  writeSafetensors(input, new Map([...given].map(([key, { shape, data }]) => [key, { shape, data }])));
  runPython(python, [join(import.meta.dirname, '..', 'run_package.py'), target, input, output]);
  const found = readSafetensors(output) as ReadonlyMap<string, TensorValue>;
  const wrong = [...values].flatMap(([key, value]) => differences(key, found.get(key), value));
  // nothing else has a gradient
  const gradients = [...found.keys()].filter((key) => key.includes('|gradient ') && !values.has(key));
  return [...wrong, ...gradients.map((key) => `${key} is not in the reference`)];
}

/** Double precision on both sides: 1e-5 of the largest entry, and what is that small altogether is nothing. */
function differences(name: string, found: TensorValue | undefined, expected: TensorValue): string[] {
  if (found === undefined) return [`${name} is missing`];
  const values: readonly number[] = Array.from(expected.data);
  const scale = values.reduce((most, value) => Math.max(most, Math.abs(value)), 1e-5);
  const at = values.findIndex((value, index) => !(Math.abs((found.data[index] ?? Number.NaN) - value) <= 1e-5 * scale));
  return at < 0 && found.data.length === values.length ? [] : [`${name}[${at}] is ${found.data[at]}, the reference says ${values[at]} (largest ${scale})`]; // prettier-ignore
}
