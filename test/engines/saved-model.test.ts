/** What the compiler writes for TensorFlow is a SavedModel like any other: Python's TensorFlow loads it and gives the same numbers. */
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { promisify } from 'node:util';
import { expect, onTestFinished, test } from 'vitest';

const python = process.env['CLIPX_TENSORFLOW_PYTHON'];
const why =
  python === undefined ? ' (skipped: CLIPX_TENSORFLOW_PYTHON names no Python with tensorflow-cpu 2.15.1)' : '';
const call = promisify(execFile);

test.skipIf(python === undefined)(
  `Python's TensorFlow gives the reference's numbers for every case and for whole programs${why}`,
  async () => {
    const folder = mkdtempSync(join(tmpdir(), 'clipx-saved-models-'));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    const script = (name: string): string => join(import.meta.dirname, name);
    for (const writer of ['write-saved-models.ts', 'write-saved-programs.ts']) {
      await call(process.execPath, ['--import', 'tsx', script(writer), folder], { maxBuffer: 2 ** 26 });
    }
    const { stdout } = await call(python ?? '', [script('check_saved_model.py'), folder], { maxBuffer: 2 ** 26 });
    const [, right, all] = /(\d+) of (\d+) models/.exec(stdout) ?? [];
    expect(Number(all)).toBeGreaterThan(500);
    expect(right, stdout).toBe(all);
    expect(stdout).toMatch(/2 of 2 programs/);
  },
);
