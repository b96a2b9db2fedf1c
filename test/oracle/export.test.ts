/** CLIP-Gaze trained for a few steps and exported: Python's onnxruntime and Pillow compute the metric of the run anew from files alone. */
import { spawnSync } from 'node:child_process';
import { readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, test } from 'vitest';
import { clipx, newFolder } from '../cli/support.ts';
import { pythonWith } from './support/python-with.ts';

const python = pythonWith('onnxruntime', 'numpy', 'PIL');

test.skipIf(python === undefined)('the error of clip-gaze, computed in Python from the exported model, is that of the run', async () => {
  const project = newFolder('export-oracle');
  for (const folder of ['data', 'weights']) symlinkSync(resolve(folder), join(project, folder));
  writeFileSync(join(project, 'clipx.json'), '{ "backend": "onnxruntime-node" }');
  const text = readFileSync('experiments/clip-gaze/clip-gaze.clipx', 'utf8');
  const short = text.replace('epochs: 10', 'steps: 8').replace('source-*.tar', 'source-000000.tar');
  expect(short).not.toBe(text);
  writeFileSync(join(project, 'clip-gaze.clipx'), short);
  const words = ['--allow-path', resolve('data'), '--allow-path', resolve('weights')];
  const run = await clipx(['run', 'clip-gaze.clipx', '--seeds', '1', '--progress', 'none', '--json', ...words], { cwd: project });
  expect(run.stderr).toBe('');
  const [first] = (JSON.parse(run.stdout) as { runs: { folder: string; results: { metrics: { name: string; value: number }[] }[] }[] }).runs;
  const exported = await clipx(['export', first?.folder ?? '', '-o', 'out', ...words], { cwd: project });
  expect(exported.stderr).toBe('');
  const told = spawnSync(python ?? '', ['test/oracle/exported_gaze.py', join(project, 'out'), 'data/gaze'], { encoding: 'utf8' });
  expect(told.stderr).toBe('');
  const { error, samples, foreign } = JSON.parse(told.stdout) as { error: number; samples: number; foreign: string[] };
  expect(samples).toBeGreaterThan(100);
  expect(foreign).toEqual([]);
  const measured = first?.results.at(-1)?.metrics.find(({ name }) => name === 'error')?.value ?? Number.NaN;
  expect(Math.abs(error - measured)).toBeLessThan(1e-4);
}); // prettier-ignore
