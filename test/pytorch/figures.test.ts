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

describe.skipIf(python === undefined)('figures of a package', () => {
  test('are those of clipx', async () => {
    await writeData();
    const path = 'test/pytorch/support/figures.clipx';
    const request = { path, text: readFileSync(join(import.meta.dirname, 'support', 'figures.clipx'), 'utf8'), host: repositoryHost }; // prettier-ignore
    const nominal = compile(request);
    if (nominal.program === undefined) throw new Error(nominal.diagnostics.map(({ message }) => message).join('\n'));
    const compiled = compile({
      ...request,
      facts: await gatherFacts(nominal.program, { projectFolder: root, seed: 0 }),
    });
    const { program } = compiled;
    if (program === undefined) throw new Error(compiled.diagnostics.map(({ message }) => message).join('\n'));
    const { diagnostics } = await writePytorchPackage(compiled, { folder: join(root, 'shown'), seed: 1, projectRoot: root, runsFolder: join(root, 'runs') }); // prettier-ignore
    expect(diagnostics).toEqual([]);
    const task = { program, experimentText: '', seed: 1, backend: 'onnxruntime-node' as const, threads: 1, projectRoot: root, runsFolder: join(root, 'engine'), clipxVersion: '0' }; // prettier-ignore
    const outcome = await runProgram(task, () => undefined, { lower: lowererOf(program) });
    expect(outcome.error?.message).toBeUndefined();
    const folder = join(root, 'by-python');
    runPython(python ?? '', ['-m', 'shown.train', '--device', 'cpu', '--data-root', root, '--folder', folder], root);
    const [expected, found] = [read(outcome.folder ?? ''), read(folder)];
    expect([...found.keys()]).toEqual([...expected.keys()]);
    expect(found.size).toBeGreaterThan(9);
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
  });
});
