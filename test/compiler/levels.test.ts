/**
 * Every level of one small experiment as text, so that a change of the compiler shows what it does. `UPDATE_GOLDEN=1` writes them anew:
 * a change that should mean nothing leaves them alone.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import { describe, expect, it } from 'vitest';
import type { Typed } from '../../src/compiler/check/typed.ts';
import { compile } from '../../src/compiler/compile.ts';
import { Elaborator } from '../../src/compiler/elaborate/elaborator.ts';
import { printGraph } from '../../src/compiler/ir/print.ts';
import { emitOnnx } from '../../src/compiler/lower/targets/onnx/emit-onnx.ts';
import { modelProto } from '../../src/compiler/lower/targets/onnx/onnx-proto.ts';
import { optimise } from '../../src/compiler/optimise/optimise.ts';
import { parse } from '../../src/compiler/parse/parse.ts';
import { functionsOf } from '../../src/compiler/program/functions.ts';
import { sourceFile } from '../../src/compiler/source/source-file.ts';
import { printValueType } from '../../src/compiler/types/value-type.ts';
import { repository } from '../support/fixtures.ts';

const folder = join(import.meta.dirname, '../golden/tiny');
const path = 'test/golden/tiny/tiny.clipx';
const text = readFileSync(join(folder, 'tiny.clipx'), 'utf8');
const { checked, program, diagnostics } = compile({ path, text, host: repository });

function expectGolden(name: string, found: string): void {
  const file = join(folder, name);
  if (process.env['UPDATE_GOLDEN'] === '1' || !existsSync(file)) writeFileSync(file, found);
  expect(found).toBe(readFileSync(file, 'utf8'));
}

const json = (value: unknown, drop: readonly string[] = []): string =>
  `${JSON.stringify(value, (key, item: unknown) => (drop.includes(key) ? undefined : item), 1)}\n`;

/** The typed program, each node once, operands before their users. */
function printTyped(roots: readonly { readonly name: string; readonly typed: Typed }[]): string {
  const numbers = new Map<Typed, number>();
  const lines: string[] = [];
  const show = (typed: Typed): number => {
    const known = numbers.get(typed);
    if (known !== undefined) return known;
    const args = typed.args.map((argument) => `%${show(argument)}`);
    const number = numbers.size;
    numbers.set(typed, number);
    const attributes = JSON.stringify(typed.attributes, (_, value: unknown) =>
      typeof value === 'object' && value !== null && 'id' in value ? value.id : value,
    );
    const label = typed.label === undefined ? '' : `  # ${typed.label}`;
    lines.push(`%${number} : ${printValueType(typed.type)} = ${typed.op}(${args.join(', ')}) ${attributes}${label}`);
    return number;
  };
  for (const { name, typed } of roots) lines.push(`${name} is %${show(typed)}\n`);
  return lines.join('\n');
}

/** `Gemm(x, w) -> y` for every node of a model. */
function onnxNodes(model: Uint8Array): string {
  const { graph } = modelProto.toObject(modelProto.decode(model)) as {
    graph: { node: readonly { opType: string; input?: readonly string[]; output: readonly string[] }[] };
  };
  return graph.node.map(({ opType, input = [], output }) => `${opType}(${input.join(', ')}) -> ${output.join(', ')}\n`).join(''); // prettier-ignore
}

describe('the levels of a small experiment', () => {
  it('compiles', () => {
    expect(diagnostics).toEqual([]);
  });

  it('ast', () => {
    expectGolden('ast.json', json(parse(sourceFile(path, text)).file, ['span', 'lineStarts']));
  });

  it('typed', () => {
    const terms = checked?.training.terms ?? [];
    const metrics = checked?.evaluations.flatMap((evaluation) => evaluation.metrics) ?? [];
    expectGolden('typed.txt', printTyped([...terms, ...metrics]));
  });

  it('ir, before it is bound', () => {
    if (checked === undefined) throw new Error('not checked');
    const elaborator = new Elaborator(
      'step',
      checked,
      { batch: checked.training.batch, vocabularies: new Map() },
      true,
    );
    for (const { name, typed } of checked.training.terms) elaborator.output(`term ${name}`, elaborator.value(typed).node); // prettier-ignore
    expectGolden('ir.txt', printGraph(optimise(elaborator.finish().graph)));
  });

  it('bound: constants, features, samples and metrics', () => {
    if (program === undefined) throw new Error('no program');
    const functions = functionsOf(program).filter(({ id }) => id !== 'main/step');
    expectGolden('bound.txt', functions.map(({ graph }) => printGraph(graph, { elideConstantsOver: 16 })).join('\n'));
  });

  it('gradient', () => {
    const step = program?.stages[0]?.step.graph;
    if (step === undefined) throw new Error('no step');
    expectGolden('gradient.txt', printGraph(step));
  });

  it('program', () => {
    const schema = JSON.parse(readFileSync('schemas/program.json', 'utf8')) as object;
    const validate = new Ajv({ allErrors: true, allowUnionTypes: true, strict: true }).compile(schema);
    const written = JSON.stringify(program);
    expect(validate(JSON.parse(written)), JSON.stringify(validate.errors, undefined, 1)).toBe(true);
    // the graphs are told as text
    expectGolden('program.json', json(program, ['graph']));
  });

  it('onnx', () => {
    if (program === undefined) throw new Error('no program');
    const listed = functionsOf(program).map(({ id, graph }) => `${id}\n${onnxNodes(emitOnnx(graph))}`);
    expectGolden('onnx.txt', listed.join('\n'));
  });
});
