/**
 * The real thing: files from the registries (or kept ones of an earlier time), a real compiler, a real TensorFlow. Run by
 * `npm run test:engines`. CLIPX_ENGINES names the folder whose downloads are used and where tfjs is installed for the other tests.
 */
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { engineFolder } from '../../src/runtime/backends/engine-folder.ts';
import { downloadsFolder, installEngine, installRecipe } from '../../src/runtime/engines/install-engine.ts';
import { listEngines } from '../../src/runtime/engines/list-engines.ts';
import { recipeOf } from '../../src/runtime/engines/recipes.ts';
import { tryEngine } from '../../src/runtime/engines/try-engine.ts';

const hasTensorflow = process.platform === 'linux' && process.arch === 'x64';
const engines = hasTensorflow ? (['onnxruntime', 'tfjs'] as const) : (['onnxruntime'] as const);

it.each(engines)('%s is installed, computes what it should and is listed as working', async (engine) => {
  const { folder, record } = await installEngine(engine);
  expect(folder).toBe(engineFolder(engine));
  expect(record.checks.length).toBeGreaterThan(0);
  for (const { name, error } of record.checks) expect(error, name).toBeLessThan(1e-4);
  expect((await listEngines()).find((it) => it.engine === engine)).toMatchObject({ installed: true, works: true });
});

it.runIf(hasTensorflow)('tfjs is libtensorflow 2.15.1 and holds nothing that only its build needs', async () => {
  const recipe = recipeOf('tfjs');
  const folder = engineFolder('tfjs');
  expect(await tryEngine(recipe, folder)).toMatchObject({ version: '2.15.1', device: 'cpu' });
  for (const path of recipe.leftovers) expect(existsSync(join(folder, path))).toBe(false);
  expect(readFileSync(join(folder, recipe.build?.output ?? '')).byteLength).toBeGreaterThan(50_000);
});

it('the files that were kept are enough: without npm, pip and a network', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'clipx-offline-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const { record } = await installRecipe(recipeOf('onnxruntime'), {
    folder: join(folder, 'onnxruntime'),
    from: downloadsFolder(),
  });
  expect(record.library).toEqual({ name: 'onnxruntime', version: '1.30.0' });
});
