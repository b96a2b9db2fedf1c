/**
 * The losses of `library/losses.clipx`, value and gradient, against PyTorch's fixtures: written as an experiment, compiled by the
 * whole compiler, run by the reference and by every engine. Sizes come from the fixtures (`CLIPX_ORACLES` may name another folder).
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { compile } from '../../src/compiler/compile.ts';
import { evaluateGraph } from '../../src/compiler/ir/evaluate.ts';
import { graphInputs } from '../../src/compiler/ir/graph.ts';
import type { TensorData } from '../../src/compiler/ir/tensor-data.ts';
import type { DType } from '../../src/compiler/types/dtype.ts';
import type { ProgramFunction } from '../../src/compiler/program/program-function.ts';
import type { Stage } from '../../src/compiler/program/stage.ts';
import type { Engine, TensorValue } from '../../src/runtime/backends/backend.ts';
import { engineColumns } from '../conformance/engines.ts';
import { oracle, type Oracle } from '../support/oracles.ts';
import { libraryRecipes } from './library-recipes.ts';
import { recipes, type Options, type Recipe } from './loss-recipes.ts';

interface Case {
  readonly value: number;
  readonly inputs: readonly string[];
  readonly gradients: readonly string[];
  readonly options: Options;
}

type Shapes = Readonly<Record<string, readonly number[]>>;

const isWord = (role: string): boolean => role === 'index' || role === 'open index' || role === 'labels';

/** The experiment that minimises one case, with every size from the fixture. */
function experiment(recipe: Recipe, options: Options, shapes: Shapes): string {
  const sizes = new Map<string, number>();
  const words = new Set<string>();
  for (const [name, [role, ...axes]] of Object.entries(recipe.inputs)) {
    if (isWord(role)) words.add(axes.at(-1) ?? '');
    if (role === 'scalar' || role === 'id' || role === 'index' || role === 'open index') sizes.set('batch', shapes[name]?.[0] ?? 1);
    else if (role !== 'random') for (const [position, axis] of axes.entries()) sizes.set(axis, shapes[name]?.[position] ?? 1);
  } // prettier-ignore
  const stopped = recipe.stopped?.(options);
  const declared = Object.entries(recipe.inputs).flatMap(([name, [given, ...axes]]) => {
    const role = name === stopped ? 'frozen' : given;
    switch (role) {
      case 'random':
        return [];
      case 'index':
        return [`input ${name}: class(${axes[0]})`];
      case 'open index':
        return [`input ${name}: class(${axes[0]}, open)`];
      case 'labels':
      case 'vector':
        return [`input ${name}: ${role}(${axes.at(-1)})`];
      case 'scalar':
      case 'id':
        return [`input ${name}: ${role}`];
      case 'param':
      case 'frozen': {
        const flag = role === 'param' ? 'trainable' : 'frozen';
        return [`${flag} param ${name}${axes.length === 0 ? '' : `: [${axes.join(', ')}]`} = normal(1)`];
      }
    }
  });
  const axes = [...sizes].flatMap(([axis, size]) => {
    if (axis === 'batch') return [];
    if (words.has(axis)) return [`vocabulary ${axis} = [${Array.from({ length: size }, (_, index) => `"${index}"`).join(', ')}]`]; // prettier-ignore
    const kind = axis === 'factor' || axis === 'class' ? 'item' : ['moment', 'region', 'place'].includes(axis) ? 'position' : 'feature'; // prettier-ignore
    return [`axis ${axis}: ${kind} = ${size}`];
  });
  const columns = Object.entries(recipe.inputs).filter(([, [role]]) => !['param', 'frozen', 'random'].includes(role));
  return `clipx 1
experiment t
use "library/losses.clipx" { ${recipe.use.join(', ')} }
${axes.join('\n')}
${declared.join('\n')}
data d = jsonl("none.jsonl") { ${columns.map(([name]) => `${name}: "${name}"`).join(' ')} }
${recipe.lets ?? ''}
${recipe.objective?.(options) ?? `loss L = ${recipe.loss(options)}\nminimize L`}
train on d { steps: 1  batch: ${sizes.get('batch') ?? 1}  optimizer: sgd(lr: 1) }
`;
}

function stageOf(source: string): Stage {
  const host = { readText: (path: string): string => readFileSync(path, 'utf8') };
  const { program, diagnostics } = compile({ path: 'case.clipx', text: source, host });
  const errors = diagnostics.filter((each) => each.severity === 'error').map((each) => each.message);
  expect(errors, source).toEqual([]);
  const stage = program?.stages[0];
  if (stage === undefined) throw new Error(`no step:\n${source}`);
  return stage;
}

/** torch's ignore_index is −100, an unknown class is 0 and masked; of labels −1 is what the mask leaves out. */
function arrayOf(dtype: DType, { data }: TensorData, isMask: boolean): TensorValue['data'] {
  if (isMask) return Uint8Array.from(data, (value) => (value < 0 ? 0 : 1));
  return dtype === 'i32' ? Int32Array.from(data, (value) => Math.max(value, 0)) : Float32Array.from(data);
}

/** Feeds of a function from the fixture; what it needs of the functions that run once comes from `known`. */
function feedsOf(
  fn: ProgramFunction,
  name: string,
  tensors: ReadonlyMap<string, TensorData>,
  known: Readonly<Record<string, TensorData>>,
): Record<string, TensorValue> {
  const feeds: Record<string, TensorValue> = {};
  for (const input of graphInputs(fn.graph)) {
    const source = fn.inputs[input.name];
    const key =
      source?.kind === 'parameter'
        ? source.name.replace(/\.value$/, '')
        : source?.kind === 'column'
          ? source.column
          : 'perm';
    const given = tensors.get(`${name}/in/${key}`);
    const tensor = source?.kind === 'constant' || source?.kind === 'feature' ? known[source.id] : given;
    if (tensor === undefined) throw new Error(`${name} has no input ${key}`);
    const isMask = source?.kind === 'column' && source.part === 'mask';
    feeds[input.name] = { ...input.type, data: arrayOf(input.type.dtype, tensor, isMask) };
  }
  return feeds;
}

const opened = new Map<string, Engine>();
beforeAll(async () => {
  for (const column of engineColumns) if (!column.isSkipped) opened.set(column.name, await column.open());
});
afterAll(async () => {
  for (const engine of opened.values()) await engine.dispose();
});

/** What every engine makes of a function. */
async function everywhere(
  fn: ProgramFunction,
  feeds: Readonly<Record<string, TensorValue>>,
): Promise<Record<string, Readonly<Record<string, TensorData>>>> {
  const results: Record<string, Readonly<Record<string, TensorData>>> = { reference: evaluateGraph(fn.graph, feeds) };
  for (const column of engineColumns) {
    const engine = opened.get(column.name);
    if (engine === undefined) continue;
    const executable = await engine.load(fn, column.lower(fn.graph));
    results[column.name] = await executable.run(feeds);
    await executable.dispose();
  }
  return results;
}

function compare(fixture: Oracle, file: string, cases: Readonly<Record<string, Recipe>>): void {
  const table = fixture.json(`${file}.json`) as Readonly<Record<string, Case>>; // made by test/oracles/make
  const tensors = fixture.tensors(file);

  it('has a formula for every case', () => {
    expect(Object.keys(cases).toSorted()).toEqual(Object.keys(table).toSorted());
  });

  it.each(Object.entries(cases))('%s', async (name, recipe) => {
    const given = table[name];
    if (given === undefined) throw new Error(`the fixture has no case ${name}`);
    const shapes = Object.fromEntries(
      Object.keys(recipe.inputs).map((input) => [input, tensors.get(`${name}/in/${input}`)?.shape ?? []]),
    );
    const { step: fn, constants, features } = stageOf(experiment(recipe, given.options, shapes));
    let known: Readonly<Record<string, TensorData>> = {};
    for (const earlier of [constants, features]) {
      if (earlier === undefined) continue;
      known = { ...known, ...evaluateGraph(earlier.graph, feedsOf(earlier, name, tensors, known)) };
    }
    const stopped = recipe.stopped?.(given.options);
    const results = await everywhere(fn, feedsOf(fn, name, tensors, known));
    for (const [engine, result] of Object.entries(results)) {
      const total = result['total']?.data[0] ?? Number.NaN;
      expect(Math.abs(total - given.value), engine).toBeLessThanOrEqual(1e-5 * Math.abs(given.value) + 1e-5);
      for (const input of given.gradients) {
        const gradient = result[`gradient ${input}.value`];
        if (input !== stopped && gradient !== undefined) fixture.expectClose(gradient, file, `${name}/grad/${input}`);
        else {
          // frozen is a theorem: there is no gradient node, and PyTorch's is zero
          expect(input, `no gradient of it on ${engine}`).toBe(stopped);
          expect(tensors.get(`${name}/grad/${input}`)?.data.every((value) => value === 0)).toBe(true);
        }
      }
    }
  });
}

describe.each(Object.entries(recipes))('losses of %s.json', (file, cases) => {
  compare(oracle('losses'), file, cases);
});

/** One JSON file with the tensors in it, by the interface of the fixtures. */
function libraryOracle(): Oracle {
  interface Numbers {
    readonly shape: readonly number[];
    readonly data: readonly number[];
  }
  type Full = Case & Readonly<Record<'in' | 'grad', Readonly<Record<string, Numbers>>>> & { readonly noise: Readonly<Record<string, number>> }; // prettier-ignore
  const path = join(import.meta.dirname, '../oracles/library-losses/library.json');
  const table = JSON.parse(readFileSync(path, 'utf8')) as Readonly<Record<string, Full>>; // made by test/oracles/make
  const tensors = new Map(
    Object.entries(table).flatMap(([name, each]) =>
      (['in', 'grad'] as const).flatMap((kind) =>
        Object.entries(each[kind]).map(([key, { shape, data }]): [string, TensorData] => [
          `${name}/${kind}/${key}`,
          { dtype: 'f32', shape, data: Float32Array.from(data) },
        ]),
      ),
    ),
  );
  const tensor = (_: string, key: string): TensorData => tensors.get(key) ?? expect.fail(`no ${key}`);
  return {
    json: () => table,
    tensors: () => tensors,
    tensor,
    expectClose(got, file, key) {
      const expected = tensor(file, key);
      const [name = '', , input = ''] = key.split('/');
      const scale = Math.max(...expected.data.map(Math.abs));
      const allowed = 10 * (table[name]?.noise[input] ?? 0) + 1e-5 * scale + 1e-8;
      expect(got.shape).toEqual(expected.shape);
      const off = Math.max(...expected.data.map((value, at) => Math.abs((got.data[at] ?? Number.NaN) - value)));
      expect(off, key).toBeLessThanOrEqual(allowed);
    },
  };
}

describe('losses that no library publishes, against formulas written out in PyTorch', () => {
  compare(libraryOracle(), 'library', libraryRecipes);
});
