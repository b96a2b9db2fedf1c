import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { Ajv } from '../../src/runtime/records/ajv.ts';
import { compile } from '../../src/compiler/compile.ts';
import { projectHost } from '../../src/cli/experiment.ts';
import { elementCount } from '../../src/compiler/types/dtype.ts';
import { benchProgram, benchPrograms } from './bench-programs.ts';
import { generatedProject, stagedProject } from './generated-files.ts';
import { compileFile, randomBatch, repository } from './programs.ts';

// The numbers are those of the models of torch_peer.py: the same program is measured on both sides. 87,849,216 are OpenAI's ViT-B/32.
test.each([
  ['p1-frozen-vit', 87_849_216, ['image']],
  ['p2-dual-encoder', 10_201_601, ['image', 'caption.ids', 'caption.length']],
  ['p3-mlps', 18_893_825, ['a', 'b']],
  ['p4-resnet', 11_227_812, ['image', 'label']],
])('%s has the parameters and columns of its PyTorch counterpart', (name, count, columns) => {
  const program = compileFile(`test/bench/${name}.clipx`);
  const [stage] = program.stages;
  const measured = benchProgram(name).runs === 'step' ? stage?.step : stage?.features;
  const sources = Object.values(measured?.inputs ?? {});
  const read = new Set(sources.flatMap((source) => (source.kind === 'parameter' ? [source.name] : [])));
  const weights = program.parameters.filter(({ name: weight, role }) => role === 'weight' && read.has(weight));
  expect(weights.reduce((sum, { shape }) => sum + elementCount(shape), 0)).toBe(count);
  const keys = sources.flatMap((source) =>
    source.kind === 'column' ? [source.part === 'value' ? source.column : `${source.column}.${source.part}`] : [],
  );
  expect(keys.toSorted()).toEqual(columns.toSorted());
  expect(Object.keys(measured === undefined ? {} : randomBatch(measured))).toHaveLength(columns.length);
});

test('programs are found by their beginnings', () => {
  expect(benchProgram('P4').name).toBe('p4-resnet');
  expect(() => benchProgram('p5')).toThrow('p1-frozen-vit, p2-dual-encoder');
  expect(benchPrograms.map(({ name }) => benchProgram(name).name)).toEqual(benchPrograms.map(({ name }) => name));
});

function checkedText(files: ReadonlyMap<string, string>): string {
  const text = files.get('experiment.clipx') ?? '';
  const library = projectHost(repository);
  const host = { readText: (path: string) => files.get(path) ?? library.readText(path) };
  expect(compile({ path: 'experiment.clipx', text, host, until: 'check' }).diagnostics).toEqual([]);
  return text;
}

test.each([100, 1000])('a generated file of %i lines has no faults and about that length', (lines) => {
  const text = checkedText(generatedProject(lines));
  expect(Math.abs(text.split('\n').length - lines)).toBeLessThan(0.1 * lines);
});

test('a generated file of stages has no faults', () => {
  expect(checkedText(stagedProject(100))).toContain('let v99 =');
});

const results = join(repository, 'bench/results.json');

test.skipIf(!existsSync(results))('the results that are kept fit their schema and are of every program', () => {
  const schema: object = JSON.parse(readFileSync(join(repository, 'schemas/bench.json'), 'utf8'));
  const rows: { program: string }[] = JSON.parse(readFileSync(results, 'utf8'));
  const validate = new Ajv({ allErrors: true, allowUnionTypes: true, strict: true }).compile(schema);
  expect(validate(rows) ? [] : validate.errors).toEqual([]);
  expect(new Set(rows.map(({ program }) => program))).toEqual(new Set(benchPrograms.map(({ name }) => name)));
});
