import { mkdirSync, mkdtempSync, readdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { expectSchema } from './fits-schema.ts';
import { clipx } from './support.ts';

let engines: string;

beforeEach(() => {
  engines = mkdtempSync(join(tmpdir(), 'clipx-engines-'));
  vi.stubEnv('CLIPX_ENGINES', engines);
});

afterEach(() => {
  vi.unstubAllEnvs();
});

interface Listed {
  readonly folder: string;
  readonly engines: readonly { readonly engine: string; readonly installed: boolean; readonly works: boolean }[];
}

/** An onnxruntime that answers as it should, in the folder of engines. */
function fakeOnnxRuntime(version: string): string {
  const folder = join(engines, 'onnxruntime-1.30.0');
  const module = join(folder, 'node_modules', 'onnxruntime-node');
  mkdirSync(module, { recursive: true });
  writeFileSync(join(folder, 'package.json'), '{}');
  writeFileSync(join(module, 'package.json'), '{"name":"onnxruntime-node","version":"1.0.0","main":"index.js"}');
  writeFileSync(
    join(module, 'index.js'),
    `exports.env = { versions: { node: '${version}' } };
    exports.Tensor = class {};
    exports.InferenceSession = { create: async () => ({ run: async () => ({ y: { data: [14, 25, 20, 31, 26, 37] } }) }) };`,
  );
  return folder;
}

it('ls says where engines are, what adds one, and fits its schema', async () => {
  const { code, stdout } = await clipx(['engine', 'ls']);
  expect(code).toBe(0);
  expect(stdout).toMatch(/^tfjs +4\.22\.0 +absent +not installed$/m);
  expect(stdout).toContain('add it: clipx engine install tfjs-gpu');
  const listed = expectSchema((await clipx(['engine', 'ls', '--json'])).stdout, 'engines') as Listed;
  expect(listed.folder).toBe(engines);
  expect(listed.engines.map((it) => [it.engine, it.installed])).toEqual([
    ['onnxruntime', false],
    ['tfjs', false],
    ['tfjs-gpu', false],
  ]);
});

it('ls tries what is there, marks what a run would take, and rm removes it', async () => {
  const folder = fakeOnnxRuntime('7.7.7');
  const { stdout } = await clipx(['engine', 'ls'], { variables: { CLIPX_BACKEND: 'onnxruntime-node' } });
  expect(stdout).toMatch(/^onnxruntime .* works +onnxruntime 7\.7\.7 on cpu  <- taken$/m);
  expect(stdout).toContain(folder);
  const removed = expectSchema((await clipx(['engine', 'rm', 'onnxruntime', '--json'])).stdout, 'engine-removed');
  expect(removed).toMatchObject({ engine: 'onnxruntime', removed: [folder] });
  expect(readdirSync(engines)).toEqual([]);
  expect((await clipx(['engine', 'rm', 'onnxruntime'])).stdout).toBe('onnxruntime is not installed\n');
});

it('ls says what is wrong with one that does not load', async () => {
  const folder = fakeOnnxRuntime('1');
  writeFileSync(join(folder, 'node_modules/onnxruntime-node/index.js'), 'throw new Error("wrong processor")');
  const { code, stdout } = await clipx(['engine', 'ls']);
  expect(code).toBe(0);
  expect(stdout).toMatch(/broken +onnxruntime-node does not work here: Error: wrong processor/);
  expect(stdout).toContain('mend it: clipx engine install onnxruntime');
});

it('rm --downloads removes what was fetched for an engine, and nothing of another', async () => {
  mkdirSync(join(engines, 'downloads'));
  mkdirSync(join(engines, 'tfjs-4.20.0'));
  mkdirSync(join(engines, 'tfjs-gpu-4.22.0'));
  const [ours, other] = ['onnxruntime-common-1.30.0.tgz', 'tensorflow-tfjs-node-4.22.0.tgz'];
  for (const file of [ours, other]) writeFileSync(join(engines, 'downloads', file), 'x');
  await clipx(['engine', 'rm', 'onnxruntime', '--downloads']);
  await clipx(['engine', 'rm', 'tfjs']);
  expect(readdirSync(join(engines, 'downloads'))).toEqual([other]);
  expect(readdirSync(engines).sort()).toEqual(['downloads', 'tfjs-gpu-4.22.0']);
});

it.each([
  [['engine', 'install', 'tfsj'], 'did you mean "tfjs"?'],
  [['engine', 'rm', 'webgpu'], 'expected one of onnxruntime, tfjs, tfjs-gpu'],
])('%j is wrong usage', async (words, expected) => {
  const { code, stderr } = await clipx(words);
  expect(code).toBe(2);
  expect(stderr).toContain(expected);
});

it('install without what it needs is the environment’s fault, with the way out', async () => {
  vi.stubEnv('PATH', '');
  const { code, stderr } = await clipx(['engine', 'install', 'onnxruntime']);
  expect(code).toBe(5);
  expect(stderr).toMatch(/error\[tool-missing\]: there is no npm on PATH\n {2}help: /);
  expect(readdirSync(engines)).toEqual(['downloads']);
});

it.skipIf(process.platform === 'win32')('install that is interrupted ends with 130 and leaves no engine', async () => {
  const tools = mkdtempSync(join(tmpdir(), 'clipx-tools-'));
  writeFileSync(join(tools, 'npm'), '#!/bin/sh\nexec /bin/sleep 60\n', { mode: 0o755 });
  vi.stubEnv('PATH', tools);
  const { code, stderr } = await clipx(['engine', 'install', 'onnxruntime', '--progress', 'plain'], {
    onListen: (send) => void setTimeout(() => send('SIGINT'), 300),
  });
  expect(code).toBe(130);
  expect(stderr).toContain('download onnxruntime-node@1.30.0  108 MiB\n');
  expect(stderr).toContain('interrupted: nothing was installed');
  expect(readdirSync(engines)).toEqual(['downloads']);
});

it('doctor says which installation an engine is', async () => {
  const folder = fakeOnnxRuntime('7.7.7');
  const { stdout } = await clipx(['doctor']);
  expect(stdout).toMatch(/ok {2}onnxruntime-node +7\.7\.7 on cpu/);
  expect(stdout).toContain(`onnxruntime 1.0.0 in ${folder}`);
  const found = expectSchema((await clipx(['doctor', '--json'])).stdout, 'doctor') as {
    engines: { name: string; origin?: unknown }[];
  };
  expect(found.engines.find(({ name }) => name === 'onnxruntime-node')?.origin).toEqual({
    engine: 'onnxruntime',
    package: { name: 'onnxruntime-node', version: '1.0.0' },
    folder: join(folder, 'node_modules', 'onnxruntime-node'),
  });
  expect(found.engines.find(({ name }) => name === 'reference')).not.toHaveProperty('origin');
});

it('doctor names the command that adds TensorFlow', async () => {
  vi.stubEnv('CLIPX_TFJS_FOLDER', engines);
  const { stdout } = await clipx(['doctor']);
  expect(stdout).toMatch(/no {2}tensorflow .*not installed\n +add it: clipx engine install tfjs\n/);
});
