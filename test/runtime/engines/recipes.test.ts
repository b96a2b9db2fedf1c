import process from 'node:process';
import { afterEach, describe, expect, it } from 'vitest';
import { engineNames } from '../../../src/runtime/backends/engine-folder.ts';
import { recipeOf } from '../../../src/runtime/engines/recipes.ts';

const real = { platform: process.platform, arch: process.arch };

function pretend(system: { readonly platform: string; readonly arch: string }): void {
  Object.defineProperty(process, 'platform', { value: system.platform });
  Object.defineProperty(process, 'arch', { value: system.arch });
}

afterEach(() => pretend(real));

const isLinux = real.platform === 'linux' && real.arch === 'x64';

describe.runIf(isLinux)('recipeOf', () => {
  it.each(engineNames)('pins every file of %s', (engine) => {
    const { downloads, package: own } = recipeOf(engine);
    for (const { kind, file, request, bytes, sha256 } of downloads) {
      expect(sha256).toMatch(/^[0-9a-f]{64}$/);
      expect(bytes).toBeGreaterThan(10_000);
      const [, name = '', version = ''] = /^(.+?)(?:@|==)([\d.]+)$/.exec(request) ?? [];
      const base = kind === 'tarball' ? name.replace('@', '').replace('/', '-') : name.replaceAll('-', '_');
      expect(file.startsWith(`${base}-${version}`)).toBe(true);
    }
    expect(new Set(downloads.map(({ sha256 }) => sha256)).size).toBe(downloads.length);
    expect(downloads[0]?.request).toBe(`${own.name}@${own.version}`);
  });

  it('takes from a wheel the libraries, the headers of the C API and the licences, where the addon looks for them', () => {
    const { downloads, build, links } = recipeOf('tfjs');
    const place = downloads.find(({ kind }) => kind === 'wheel')?.place;
    const home = 'node_modules/@tensorflow/tfjs-node';
    expect(place?.('tensorflow/libtensorflow_cc.so.2')).toBe(`${home}/deps/lib/libtensorflow_cc.so.2`);
    expect(place?.('tensorflow/include/tensorflow/c/c_api.h')).toBe(`${home}/deps/include/tensorflow/c/c_api.h`);
    expect(place?.('tensorflow_cpu-2.15.1.dist-info/LICENSE')).toBe(`${home}/deps/LICENSE`);
    expect(place?.('tensorflow/python/_pywrap_tensorflow_internal.so')).toBeUndefined();
    expect(place?.('tensorflow/include/tensorflow/core/kernels/matmul.h')).toBeUndefined();
    expect(build?.output).toBe(`${home}/lib/napi-v8/tfjs_binding.node`);
    expect(Object.keys(links)).toContain(`${home}/deps/lib/libtensorflow.so`);
  });

  it('brings the CUDA libraries for a GPU, where libtensorflow looks for them', () => {
    const { downloads } = recipeOf('tfjs-gpu');
    const cublas = downloads.find(({ request }) => request.startsWith('nvidia-cublas'));
    const home = 'node_modules/@tensorflow/tfjs-node-gpu';
    expect(cublas?.place('nvidia/cublas/lib/libcublas.so.12')).toBe(`${home}/deps/nvidia/cublas/lib/libcublas.so.12`);
    expect(cublas?.place('nvidia/cublas/include/cublas.h')).toBeUndefined();
    expect(downloads.filter(({ request }) => request.startsWith('nvidia-'))).toHaveLength(9);
  });

  it('keeps of onnxruntime the build for this system', () => {
    const [own] = recipeOf('onnxruntime').downloads;
    expect(own?.place('package/bin/napi-v6/linux/x64/libonnxruntime.so.1')).toContain('onnxruntime-node/bin/');
    expect(own?.place('package/bin/napi-v6/win32/x64/onnxruntime.dll')).toBeUndefined();
    expect(own?.place('package/script/install.js')).toBeUndefined();
  });
});

describe('another system', () => {
  it.each([
    ['tfjs', { platform: 'darwin', arch: 'arm64' }, /linux x64 with glibc only; this is darwin arm64/],
    ['tfjs-gpu', { platform: 'linux', arch: 'arm64' }, /this is linux arm64/],
    ['tfjs', { platform: 'win32', arch: 'x64' }, /this is win32 x64/],
    ['onnxruntime', { platform: 'darwin', arch: 'x64' }, /no native build for darwin x64/],
  ] as const)('%s on %j is refused with another way', (engine, system, message) => {
    pretend(system);
    expect(() => recipeOf(engine)).toThrow(
      expect.objectContaining({
        code: 'platform-unsupported',
        fault: 'world',
        message: expect.stringMatching(message) as string,
        help: expect.stringMatching(/runs here|onnxruntime/) as string,
      }) as Error,
    );
  });
});
