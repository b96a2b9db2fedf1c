/** Towers of the library take what transformers saved under its names, and compute with it what transformers did. */
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { oraclesFolder } from '../support/oracles.ts';
import { root } from './cases.ts';
import { findPython, runPython } from './support/python.ts';

const python = findPython();
if (python === undefined) console.warn('checkpoints in PyTorch are not tested: no Python with torch and safetensors; see CLIPX_PYTHON'); // prettier-ignore

const folder = mkdtempSync(join(tmpdir(), 'clipx-pytorch-checkpoints-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe.skipIf(python === undefined)('checkpoints of transformers', () => {
  it('load by name into BERT and the audio spectrogram transformer, which compute the same', () => {
    const target = join(folder, 'library');
    cpSync(join(root, 'pytorch', 'library'), target, { recursive: true });
    cpSync(join(root, 'pytorch', 'runtime'), join(target, 'runtime'), { recursive: true });
    writeFileSync(join(target, '__init__.py'), '');
    const printed = runPython(python ?? '', [join(import.meta.dirname, 'load_checkpoints.py'), target, join(oraclesFolder, 'checkpoints')]); // prettier-ignore
    const found = JSON.parse(printed) as Readonly<Record<string, number>>;
    expect(Object.keys(found)).toEqual(['bert: names', 'bert: tensors', 'bert.features', 'ast: names', 'ast: tensors', 'ast.features', 'ast.logits']); // prettier-ignore
    // features were rounded to single precision when they were written
    for (const [name, difference] of Object.entries(found)) expect(difference, name).toBeLessThan(/features|logits/.test(name) ? 1e-6 : 1e-12); // prettier-ignore
  });
});
