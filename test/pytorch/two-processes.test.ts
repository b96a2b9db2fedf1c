/** A step in two processes, each with its half of the batch, against the step in one: terms, gradients and running statistics. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { compile, type Compilation } from '../../src/compiler/compile.ts';
import type { Program } from '../../src/compiler/program/program.ts';
import { writeSafetensors } from '../../src/runtime/weights/safetensors.ts';
import { feedsOf } from '../conformance/shrunk-experiments.ts';
import { repository } from '../support/fixtures.ts';
import { compileOnRandomData } from '../support/run-system.ts';
import { cases, textOf } from './cases.ts';
import { expectedOf, packageOf, type Expected } from './support/compare-functions.ts';
import { dataFeeds } from './support/data-feeds.ts';
import { findPython, runPython } from './support/python.ts';
import { launcher } from './support/train-package.ts';
import { withoutMarks } from './support/systems.ts';

const python = findPython();
if (python === undefined) console.warn('two processes of PyTorch are not tested: no Python with torch and safetensors; see CLIPX_PYTHON'); // prettier-ignore

const folder = mkdtempSync(join(tmpdir(), 'clipx-pytorch-processes-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function compareProcesses(name: string, compilation: Compilation, { given }: Expected): Promise<string> {
  const target = await packageOf(folder, name, compilation);
  const [feeds, one] = [`${target}.in.safetensors`, `${target}.one.safetensors`];
  writeSafetensors(feeds, new Map([...given].map(([key, { shape, data }]) => [key, { shape, data }])));
  const script = [join(import.meta.dirname, 'support', 'compare_processes.py'), target, feeds, one];
  runPython(python ?? '', script);
  return runPython(python ?? '', [...launcher(2), ...script]);
}

function programOf({ program, diagnostics }: Compilation): Program {
  if (program === undefined) throw new Error(diagnostics.map(({ message }) => message).join('\n'));
  return program;
}

/** What looks across the batch, is drawn for it, or takes statistics of it. */
const shared = [
  'clip-gaze', 'modules', 'own modules', 'layers', 'maps', 'the ResNet of CLIP', 'across the batch', 'dropouts', 'image towers that leave out', 'sequences', 'towers',
]; // prettier-ignore

describe.skipIf(python === undefined)('two processes compute what one does', () => {
  it.each(shared)('%s', async (name) => {
    const shrunk = cases[name];
    if (shrunk === undefined) throw new Error(`no case ${name}`);
    const compilation = compile({ path: shrunk.path, text: textOf(shrunk), host: repository, facts: shrunk.facts });
    const program = programOf(compilation);
    expect(await compareProcesses(name, compilation, expectedOf(program, (fn, known) => feedsOf(program, fn, known)))).toBe(''); // prettier-ignore
  });

  it('pointclip-few', async () => {
    const name = 'pointclip-few';
    const compilation = await compileOnRandomData(name);
    const program = programOf(compilation);
    expect(await compareProcesses(name, withoutMarks(compilation), expectedOf(program, await dataFeeds(program)))).toBe(''); // prettier-ignore
  });
});
