import { mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { BackendError } from '../../../src/runtime/backends/backend-error.ts';
import { probeEngines, selectEngine } from '../../../src/runtime/backends/select-engine.ts';

const request = { threads: 1 };

// What is installed on this machine does not count.
beforeEach(async () => {
  const empty = await mkdtemp(join(tmpdir(), 'clipx-no-engines-'));
  vi.stubEnv('CLIPX_ENGINES', empty);
  vi.stubEnv('CLIPX_TFJS_FOLDER', empty);
});

afterEach(() => {
  vi.unstubAllEnvs();
});

describe('selectEngine', () => {
  it('takes native onnxruntime by itself and says why not the others', async () => {
    const { engine, report } = await selectEngine('auto', request);
    expect(engine.info).toMatchObject({ name: 'onnxruntime-node', threads: 1 });
    expect(report.map(({ name, taken }) => ({ name, taken }))).toEqual([
      { name: 'tensorflow', taken: false },
      { name: 'onnxruntime-node', taken: true },
      { name: 'onnxruntime-web', taken: false },
      { name: 'reference', taken: false },
    ]);
    for (const { why } of report) expect(why).not.toBe('');
  });

  it.each(['onnxruntime-node', 'onnxruntime-web', 'reference'] as const)('takes %s by name', async (name) => {
    const { engine, report } = await selectEngine(name, request);
    expect(engine.info.name).toBe(name);
    expect(report.filter(({ taken }) => taken).map((line) => line.name)).toEqual([name]);
  });

  it('refuses by name what is not there', async () => {
    const refusal = selectEngine('tensorflow', request);
    await expect(refusal).rejects.toThrow(BackendError);
    await expect(refusal).rejects.toMatchObject({ code: 'engine-unavailable', fault: 'world' });
  });

  it('prefers the copy in the engine folder', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'clipx-engine-'));
    const module = join(folder, 'node_modules', 'onnxruntime-node');
    await mkdir(module, { recursive: true });
    await writeFile(join(folder, 'package.json'), '{}');
    await writeFile(join(module, 'package.json'), '{"main":"index.js"}');
    await writeFile(join(module, 'index.js'), "exports.env = { versions: { node: 'from the folder' } };");
    const { engine } = await selectEngine('onnxruntime-node', { ...request, folder });
    expect(engine.info.version).toBe('from the folder');
  });
});

describe('probeEngines', () => {
  it('opens all, and marks the one that would be taken', async () => {
    const report = await probeEngines('auto', request);
    expect(report.find(({ name }) => name === 'onnxruntime-web')?.why).toMatch(/^1\.\d+\.\d+ on wasm/);
    expect(report.filter(({ taken }) => taken).map(({ name }) => name)).toEqual(['onnxruntime-node']);
  });
});
