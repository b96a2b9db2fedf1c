/** Figures that a package works out, against those that clipx leaves of the same run. */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, describe, expect, test } from 'vitest';
import { writePytorchPackage } from '../../src/cli/pytorch-package.ts';
import { compile } from '../../src/compiler/compile.ts';
import { lowererOf } from '../../src/compiler/lower/lower-program.ts';
import { gatherFacts } from '../../src/runtime/data/gather-facts.ts';
import type { FigureContent } from '../../src/runtime/records/figures/figure-content.ts';
import { runProgram } from '../../src/runtime/run.ts';
import { repositoryHost } from '../support/repository-host.ts';
import { findPython, runPython } from './support/python.ts';

const python = findPython();
if (python === undefined) console.warn('figures in Python are not tested: no Python with torch; see CLIPX_PYTHON');

const root = mkdtempSync(join(tmpdir(), 'clipx-figures-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

const topics = ['left', 'above', 'slant'];

async function writeData(): Promise<void> {
  mkdirSync(join(root, 'pictures'));
  const lines: string[] = [];
  for (let at = 0; at < 30; at++) {
    const picture = `pictures/${at}.png`;
    const bytes = Buffer.from(Array.from({ length: 8 * 8 * 3 }, (_, k) => (k * 7 + at * 13) % 256));
    writeFileSync(join(root, picture), await sharp(bytes, { raw: { width: 8, height: 8, channels: 3 } }).png().toBuffer());
    lines.push(JSON.stringify({ picture, topic: topics[at % 3], x: [Math.sin(at), Math.cos(at)], y: at / 10, said: `sample ${at}` }));
  }
  writeFileSync(join(root, 'data.jsonl'), `${lines.join('\n')}\n`);
} // prettier-ignore

const read = (folder: string): ReadonlyMap<string, FigureContent> =>
  new Map(readdirSync(join(folder, 'figures')).sort().map((name) => [name, JSON.parse(readFileSync(join(folder, 'figures', name), 'utf8')) as FigureContent])); // prettier-ignore

/** The figures of one run by clipx and by Python. */
async function both(name: string, text: string): Promise<readonly [ReadonlyMap<string, FigureContent>, ReadonlyMap<string, FigureContent>]> {
  const request = { path: `test/pytorch/support/${name}.clipx`, text, host: repositoryHost };
  const nominal = compile(request);
  if (nominal.program === undefined) throw new Error(nominal.diagnostics.map(({ message }) => message).join('\n'));
  const compiled = compile({ ...request, facts: await gatherFacts(nominal.program, { projectFolder: root, seed: 0 }) });
  const { program } = compiled;
  if (program === undefined) throw new Error(compiled.diagnostics.map(({ message }) => message).join('\n'));
  const { diagnostics } = await writePytorchPackage(compiled, { folder: join(root, name), seed: 1, projectRoot: root, runsFolder: join(root, 'runs') });
  expect(diagnostics).toEqual([]);
  const task = { program, experimentText: '', seed: 1, backend: 'onnxruntime-node' as const, threads: 1, projectRoot: root, runsFolder: join(root, 'engine'), clipxVersion: '0' };
  const outcome = await runProgram(task, () => undefined, { lower: lowererOf(program) });
  expect(outcome.error?.message).toBeUndefined();
  const folder = join(root, `${name}-by-python`);
  runPython(python ?? '', ['-m', `${name}.train`, '--device', 'cpu', '--data-root', root, '--folder', folder], root);
  return [read(outcome.folder ?? ''), read(folder)];
} // prettier-ignore

function compare(expected: ReadonlyMap<string, FigureContent>, found: ReadonlyMap<string, FigureContent>, least: number): void {
  expect([...found.keys()]).toEqual([...expected.keys()]);
  expect(found.size).toBeGreaterThan(least);
  for (const [name, { tensors, ...rest }] of expected) {
    const shown: Pick<FigureContent, 'tensors'> = found.get(name) ?? { tensors: {} };
    const { tensors: own, ...said } = shown;
    expect(said, name).toEqual(rest);
    expect(Object.entries(own).map(([id, { shape }]) => [id, shape]), name).toEqual(Object.entries(tensors).map(([id, { shape }]) => [id, shape])); // prettier-ignore
    for (const [id, { data }] of Object.entries(tensors)) {
      const wrong = data.findIndex((value, at) => !(Math.abs((value ?? 0) - (own[id]?.data[at] ?? 0)) < 1e-4));
      expect(wrong < 0 ? 'equal' : `${name} ${id} [${wrong}]: ${own[id]?.data[wrong]}, expected ${data[wrong]}`).toBe('equal'); // prettier-ignore
    }
  }
} // prettier-ignore

const textOf = (name: string): string => readFileSync(join(import.meta.dirname, 'support', `${name}.clipx`), 'utf8');

describe.skipIf(python === undefined)('figures of a package are those of clipx', () => {
  test('of every kind', async () => {
    await writeData();
    const [expected, found] = await both('figures', textOf('figures'));
    compare(expected, found, 9);
  });

  test('of samples that are optimised one by one: of the first', async () => {
    const lines = [0, 1, 2].map((at) => JSON.stringify({ x: [0, 1, 2, 3].map((k) => Math.sin(at + k)), y: [0, 1, 2].map((k) => Math.cos(at * k)) })); // prettier-ignore
    writeFileSync(join(root, 'few.jsonl'), `${lines.join('\n')}\n`);
    const shown = 'figure marks = heatmap(q)\nfigure kept = table(q)\nfigure aims = table(y)\n';
    const [expected, found] = await both('each', `${textOf('each')}\n${shown}`);
    compare(expected, found, 2);
  });
});
