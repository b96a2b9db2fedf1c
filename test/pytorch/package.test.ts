/**
 * The generated package against the reference: from the same parameters and feeds, every term of a step, the gradient of every parameter, the
 * running statistics after it and every metric. The reference and PyTorch share no code; nor do the two ways from formulas to numbers.
 */

import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { writePytorchPackage } from '../../src/cli/pytorch-package.ts';
import { compile, type Compilation } from '../../src/compiler/compile.ts';
import type { Program, ProgramFunction } from '../../src/compiler/program/program.ts';
import type { TensorValue } from '../../src/runtime/backends/backend.ts';
import { evaluateGraph } from '../../src/compiler/ir/evaluate.ts';
import type { TensorData } from '../../src/compiler/ir/tensor-data.ts';
import { writeSafetensors } from '../../src/runtime/weights/safetensors.ts';
import { feedsOf, functions, scopeOf } from '../conformance/shrunk-experiments.ts';
import { repository } from '../support/fixtures.ts';
import { readSafetensors } from '../support/safetensors.ts';
import { cases, root, textOf } from './cases.ts';
import { findPython, runPython } from './support/python.ts';
import { findRuff, ruff } from './support/ruff.ts';

const python = findPython();
if (python === undefined) console.warn('PyTorch is not tested: no Python with torch and safetensors; see CLIPX_PYTHON');

interface Expected {
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
      return `${scope}|${source.part === 'value' ? source.column : `${source.column}.${source.part}`}`;
    case 'random':
    case 'weight':
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

function expectedOf(program: Program): Expected {
  const known: Record<string, TensorValue> = {};
  const given = new Map<string, TensorValue>();
  const values = new Map<string, TensorValue>();
  for (const fn of functions(program)) {
    if (fn.graph.outputs.length === 0) continue;
    const feeds = feedsOf(program, fn, known);
    for (const [input, value] of Object.entries(feeds)) {
      const place = placeOf(fn, input);
      if (place !== undefined) given.set(place, value);
    }
    const results = evaluateGraph(fn.graph, feeds, { precision: 'f64' });
    for (const [name, made] of Object.entries(results)) {
      const value = single(made);
      known[`${scopeOf(fn)} ${name}`] = made as TensorValue;
      const output = fn.outputs[name];
      if (output?.kind === 'term') values.set(`${scopeOf(fn)}/step|${output.name}`, value);
      if (output?.kind === 'total') values.set(`${scopeOf(fn)}/step|objective`, value);
      if (output?.kind === 'gradient') values.set(`${scopeOf(fn)}/step|gradient ${output.parameter}`, value);
      if (output?.kind === 'buffer') values.set(`${scopeOf(fn)}/step|buffer ${output.name}`, value);
      if (output?.kind === 'metric') values.set(`${scopeOf(fn)}|${output.name}`, value);
    }
  }
  return { given, values };
}

const folder = mkdtempSync(join(tmpdir(), 'clipx-pytorch-'));

async function packageOf(name: string, compilation: Compilation): Promise<string> {
  const target = join(folder, name.replaceAll(/\W/g, '_').toLowerCase());
  const { diagnostics } = await writePytorchPackage(compilation, { folder: target, seed: 1, projectRoot: root, runsFolder: join(root, 'runs') });
  expect(diagnostics.map(({ message }) => message)).toEqual([]);
  return target;
} // prettier-ignore

/** Double precision on both sides: 1e-5 of the largest entry, and what is that small altogether is nothing. */
function differences(name: string, found: TensorValue | undefined, expected: TensorValue): string[] {
  if (found === undefined) return [`${name} is missing`];
  const values: readonly number[] = Array.from(expected.data);
  const scale = values.reduce((most, value) => Math.max(most, Math.abs(value)), 1e-5);
  const at = values.findIndex((value, index) => !(Math.abs((found.data[index] ?? Number.NaN) - value) <= 1e-5 * scale));
  return at < 0 && found.data.length === values.length ? [] : [`${name}[${at}] is ${found.data[at]}, the reference says ${values[at]} (largest ${scale})`]; // prettier-ignore
}

describe.skipIf(python === undefined)('a generated package', () => {
  it.each(Object.entries(cases))('%s: terms, gradients, statistics and metrics', async (name, shrunk) => {
    const compilation = compile({ path: shrunk.path, text: textOf(shrunk), host: repository, facts: shrunk.facts });
    const { program } = compilation;
    if (program === undefined) throw new Error(compilation.diagnostics.map(({ message }) => message).join('\n'));
    const target = await packageOf(name, compilation);
    const { given, values } = expectedOf(program);
    const [input, output] = [join(folder, `${name.replaceAll(/\W/g, '_')}.in.safetensors`), join(folder, `${name.replaceAll(/\W/g, '_')}.out.safetensors`)];
    writeSafetensors(input, new Map([...given].map(([key, { shape, data }]) => [key, { shape, data }])));
    runPython(python ?? '', [join(import.meta.dirname, 'run_package.py'), target, input, output]);
    const found = readSafetensors(output) as ReadonlyMap<string, TensorValue>;
    const wrong = [...values].flatMap(([key, value]) => differences(key, found.get(key), value));
    expect(wrong).toEqual([]);
    // nothing else has a gradient
    const gradients = [...found.keys()].filter((key) => key.includes('|gradient '));
    expect(gradients.filter((key) => !values.has(key))).toEqual([]);
  }); // prettier-ignore
});

const formatter = findRuff();
if (formatter === undefined) console.warn('The layout of generated Python is not tested: no ruff; see CLIPX_RUFF');

describe.skipIf(formatter === undefined)('the Python of every package', () => {
  it('is as ruff would have it', async () => {
    for (const [name, shrunk] of Object.entries(cases)) {
      const compilation = compile({ path: shrunk.path, text: textOf(shrunk), host: repository, facts: shrunk.facts });
      const target = await packageOf(`${name} laid out`, compilation);
      expect(ruff(formatter ?? '', ['check', '--no-cache', target])).toBe('');
      expect(ruff(formatter ?? '', ['format', '--no-cache', '--diff', target])).toBe('');
    }
  });
});
