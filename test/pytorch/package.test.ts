/**
 * The generated package against the reference: from the same parameters and feeds, every term of a step, the gradient of every parameter, the
 * running statistics after it and every metric. The reference and PyTorch share no code; nor do the two ways from formulas to numbers.
 */

import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { compile } from '../../src/compiler/compile.ts';
import { feedsOf } from '../conformance/shrunk-experiments.ts';
import { repository } from '../support/fixtures.ts';
import { cases, textOf } from './cases.ts';
import { expectedOf, packageFaults, packageOf } from './support/compare-functions.ts';
import { findPython } from './support/python.ts';
import { findRuff, ruff } from './support/ruff.ts';

const python = findPython();
if (python === undefined) console.warn('PyTorch is not tested: no Python with torch and safetensors; see CLIPX_PYTHON');

const folder = mkdtempSync(join(tmpdir(), 'clipx-pytorch-'));

describe.skipIf(python === undefined)('a generated package', () => {
  it.each(Object.entries(cases))('%s: terms, gradients, statistics and metrics', async (name, shrunk) => {
    const compilation = compile({ path: shrunk.path, text: textOf(shrunk), host: repository, facts: shrunk.facts });
    const { program } = compilation;
    if (program === undefined) throw new Error(compilation.diagnostics.map(({ message }) => message).join('\n'));
    const target = await packageOf(folder, name, compilation);
    const expected = expectedOf(program, (fn, known) => feedsOf(program, fn, known));
    expect(packageFaults(python ?? '', target, expected)).toEqual([]);
  });
});

const formatter = findRuff();
if (formatter === undefined) console.warn('The layout of generated Python is not tested: no ruff; see CLIPX_RUFF');

describe.skipIf(formatter === undefined)('the Python of every package', () => {
  it('is as ruff would have it', async () => {
    for (const [name, shrunk] of Object.entries(cases)) {
      const compilation = compile({ path: shrunk.path, text: textOf(shrunk), host: repository, facts: shrunk.facts });
      const target = await packageOf(folder, `${name} laid out`, compilation);
      expect(ruff(formatter ?? '', ['check', '--no-cache', target])).toBe('');
      expect(ruff(formatter ?? '', ['format', '--no-cache', '--diff', target])).toBe('');
    }
  });
});
