import { chmod, mkdtemp, readdir, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { installEngine } from '../../../src/runtime/backends/install-engine.ts';

/** A folder with a program called npm that runs `script` (sh) and comes first on PATH. */
async function fakeNpm(script: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'clipx-npm-'));
  await writeFile(join(folder, 'npm'), `#!/bin/sh\n${script}\n`);
  await chmod(join(folder, 'npm'), 0o755);
  vi.stubEnv('PATH', `${folder}:${process.env['PATH'] ?? ''}`);
  return folder;
}

async function emptyFolder(): Promise<string> {
  return join(await mkdtemp(join(tmpdir(), 'clipx-install-')), 'onnxruntime');
}

const modulePath = 'node_modules/onnxruntime-node';
const makesModule = (version: string): string => `
mkdir -p ${modulePath}/bin/napi-v6/${process.platform}/${process.arch} ${modulePath}/bin/napi-v6/plan9/mips
echo '{"main":"index.js"}' > ${modulePath}/package.json
echo 'exports.env = { versions: { node: "${version}" } }' > ${modulePath}/index.js
env > environment.txt
echo "$@" > words.txt`;

afterEach(() => {
  vi.unstubAllEnvs();
});

describe.skipIf(process.platform === 'win32')('installEngine', () => {
  it('runs npm without scripts and without an outer npm’s variables, and keeps this system’s build alone', async () => {
    vi.stubEnv('npm_config_global', 'true');
    await fakeNpm(makesModule('9.9.9'));
    const folder = await emptyFolder();
    const steps: string[] = [];
    const installed = await installEngine('onnxruntime', { folder, onProgress: (step) => steps.push(step) });
    expect(installed).toEqual({ folder, version: '9.9.9' });
    expect(await readFile(join(folder, 'words.txt'), 'utf8')).toMatch(
      /^install --ignore-scripts .*onnxruntime-node@1\.30\.0\n$/,
    );
    expect(await readFile(join(folder, 'environment.txt'), 'utf8')).not.toMatch(/^npm_/im);
    expect(await readdir(join(folder, modulePath, 'bin/napi-v6'))).not.toContain('plan9');
    expect(steps).toHaveLength(3);
  });

  it('says what npm said, and leaves the engine that is there', async () => {
    await fakeNpm(makesModule('1.0.0'));
    const folder = await emptyFolder();
    await installEngine('onnxruntime', { folder });
    await fakeNpm("echo 'npm error code E404' >&2; echo 'npm error no such version' >&2; exit 1");
    await expect(installEngine('onnxruntime', { folder })).rejects.toMatchObject({
      code: 'install-failed',
      message: 'onnxruntime-node was not installed: code E404 no such version',
    });
    expect(await readdir(join(folder, '..'))).toEqual(['onnxruntime']);
    expect(await readFile(join(folder, modulePath, 'index.js'), 'utf8')).toContain('1.0.0');
  });

  it('does not take one that does not load', async () => {
    await fakeNpm(`${makesModule('1')}\necho 'throw new Error("wrong processor")' > ${modulePath}/index.js`);
    const folder = await emptyFolder();
    await expect(installEngine('onnxruntime', { folder })).rejects.toThrow('does not load: Error: wrong processor');
    expect(await readdir(join(folder, '..'))).toEqual([]);
  });

  it('says so where there is no npm', async () => {
    vi.stubEnv('PATH', '');
    await expect(installEngine('onnxruntime', { folder: await emptyFolder() })).rejects.toMatchObject({
      code: 'install-failed',
      fault: 'world',
    });
  });
});
