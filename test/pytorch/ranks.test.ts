/** Two processes with half of a batch each compute the terms, gradients and running statistics that one process computes of the whole batch. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { compile } from '../../src/compiler/compile.ts';
import { feedsOf } from '../conformance/shrunk-experiments.ts';
import { repository } from '../support/fixtures.ts';
import { cases, textOf } from './cases.ts';
import { expectedOf, packageFaults, packageOf } from './support/compare-functions.ts';
import { findPython, runPython } from './support/python.ts';
import { launcher } from './support/train-package.ts';

const python = findPython();
if (python === undefined) console.warn('PyTorch is not tested: no Python with torch and safetensors; see CLIPX_PYTHON');

const folder = mkdtempSync(join(tmpdir(), 'clipx-pytorch-ranks-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** What looks across the batch, is drawn for it, or takes statistics of it. */
const shared = ['clip-gaze', 'modules', 'layers', 'dropouts', 'sequences', 'maps', 'the ResNet of CLIP'];

describe.skipIf(python === undefined)('a step in two processes', () => {
  it.each(shared)('%s: what one process computes', async (name) => {
    const shrunk = cases[name];
    if (shrunk === undefined) throw new Error(`there is no case ${name}`);
    const compilation = compile({ path: shrunk.path, text: textOf(shrunk), host: repository, facts: shrunk.facts });
    const { program } = compilation;
    if (program === undefined) throw new Error(compilation.diagnostics.map(({ message }) => message).join('\n'));
    const target = await packageOf(folder, name, compilation);
    const expected = expectedOf(program, (fn, known) => feedsOf(program, fn, known));
    expect(packageFaults(python ?? '', target, expected)).toEqual([]);
    const words = [join(import.meta.dirname, 'run_ranks.py'), target, `${target}.in.safetensors`, `${target}.out.safetensors`];
    const told = runPython(python ?? '', [...launcher(2), ...words]).trim();
    expect(JSON.parse(told.slice(told.lastIndexOf('\n') + 1))).toEqual([]);
  }); // prettier-ignore
});
