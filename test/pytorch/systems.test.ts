/** Every system as a package: made small as `--random-data` makes it, each of its functions on made-up samples by Python and by the reference. */
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { writePytorchPackage } from '../../src/cli/pytorch-package.ts';
import type { Program } from '../../src/compiler/program/program.ts';
import { compileOnRandomData } from '../support/run-system.ts';
import { root } from './cases.ts';
import { expectedOf, packageFaults, packageOf } from './support/compare-functions.ts';
import { dataFeeds } from './support/data-feeds.ts';
import { findPython } from './support/python.ts';
import { findRuff, ruff } from './support/ruff.ts';
import { systems, withoutMarks } from './support/systems.ts';

const python = findPython();
if (python === undefined)
  console.warn('systems in PyTorch are not tested: no Python with torch and safetensors; see CLIPX_PYTHON');
const formatter = findRuff();

/** What each is refused for, each message once: whoever makes a system compile takes it out. */
const refused: Readonly<Record<string, readonly string[]>> = {
}; // prettier-ignore

/** Added to the biases of a system whose towers are so narrow that they are dead else. */
const lifted: ReadonlyMap<string, number> = new Map([['intclip', 0.5]]);

const folder = mkdtempSync(join(tmpdir(), 'clipx-pytorch-systems-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** The same experiment with a batch in memory as a whole: what one in chunks computes too. */
async function heldWhole(name: string, batch: number): Promise<Program> {
  const { program } = await compileOnRandomData(name, undefined, (text) => text.replace(/^ *chunk: .*$/m, ''), batch);
  if (program === undefined) throw new Error(`${name} without chunks is no program`);
  return program;
}

describe('systems in PyTorch', () => {
  it.skipIf(python === undefined).each(systems.filter((name) => !(name in refused)))('%s: terms, gradients, statistics and metrics', async (name) => {
    const compilation = await compileOnRandomData(name);
    const { program } = compilation;
    if (program === undefined) throw new Error(compilation.diagnostics.map(({ message }) => message).join('\n'));
    const target = await packageOf(folder, name, withoutMarks(compilation));
    const chunked = program.stages.find(({ chunk }) => chunk !== undefined);
    const whole = chunked === undefined ? program : await heldWhole(name, chunked.batch);
    const expected = expectedOf(whole, await dataFeeds(whole, lifted.get(name)));
    expect(packageFaults(python ?? '', target, expected)).toEqual([]);
    if (formatter === undefined) return;
    const own = ['model', 'parameters', 'losses', 'objective'].map((each) => join(target, `${each}.py`)).filter(existsSync);
    expect(ruff(formatter, ['check', '--no-cache', ...own])).toBe('');
    expect(ruff(formatter, ['format', '--no-cache', '--diff', ...own])).toBe('');
  }); // prettier-ignore

  it.each(systems.filter((name) => name in refused))('%s is refused, and the reasons are these', async (name) => {
    const compilation = await compileOnRandomData(name);
    const { diagnostics } = await writePytorchPackage(withoutMarks(compilation), { folder: join(folder, name), seed: 1, projectRoot: root, runsFolder: join(root, 'runs') });
    expect([...new Set(diagnostics.map(({ message }) => message.replace(' is not written for PyTorch yet', '')))].sort()).toEqual(refused[name]);
  }); // prettier-ignore
});
