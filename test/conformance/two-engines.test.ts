import { createRequire } from 'node:module';
import { describe, expect, it } from 'vitest';
import { GraphBuilder } from '../../src/compiler/ir/graph.ts';
import { emitOnnx } from '../../src/compiler/lower/targets/onnx/emit-onnx.ts';
import type { Engine, TensorValue } from '../../src/runtime/backends/backend.ts';
import { openNativeOnnxRuntime } from '../../src/runtime/backends/onnxruntime-node.ts';
import { openWebOnnxRuntime } from '../../src/runtime/backends/onnxruntime-web.ts';
import { runGraph } from './run-graph.ts';

/*
 * Both packages register handlers under the name `cpu` with onnxruntime-common. Where they share one instance of it the later
 * one runs for both, silently, and a comparison between them compares an engine with itself.
 */

const memories: WebAssembly.Memory[] = [];
WebAssembly.Memory = class extends WebAssembly.Memory {
  constructor(descriptor: ConstructorParameters<typeof WebAssembly.Memory>[0]) {
    super(descriptor);
    memories.push(this);
  }
};

const wasmBytes = (): number => memories.reduce((sum, memory) => sum + memory.buffer.byteLength, 0);

interface NativeBackend {
  readonly onnxruntimeBackend: { createInferenceSessionHandler: (...words: unknown[]) => unknown };
}

/** Counts sessions that the native library opens from here on. */
function countNativeSessions(): () => number {
  const { onnxruntimeBackend } = createRequire(import.meta.url)('onnxruntime-node/dist/backend.js') as NativeBackend;
  const create = onnxruntimeBackend.createInferenceSessionHandler.bind(onnxruntimeBackend);
  let count = 0;
  onnxruntimeBackend.createInferenceSessionHandler = (...words) => {
    count += 1;
    return create(...words);
  };
  return () => count;
}

const megabytes = 96;
const builder = new GraphBuilder('sums');
const shape = [megabytes, 1024, 256];
const x = builder.add('input', [], { name: 'x', dtype: 'f32', shape });
const y = builder.add('add', [builder.add('exp', [x], {}), x], {});
builder.output('y', builder.add('reduce_sum', [y], { axes: [1, 2], keep: false }));
const graph = builder.finish();
const feeds: Record<string, TensorValue> = {
  x: { dtype: 'f32', shape, data: new Float32Array(megabytes * 1024 * 256) },
};

async function observe(
  engine: Engine,
  nativeSessions: () => number,
): Promise<{ native: number; grown: number; sum: number }> {
  const before = { native: nativeSessions(), bytes: wasmBytes() };
  const [results = {}] = await runGraph(engine, graph, emitOnnx(graph), feeds);
  return {
    native: nativeSessions() - before.native,
    grown: wasmBytes() - before.bytes,
    sum: results['y']?.data[0] ?? NaN,
  };
}

describe('native and WebAssembly onnxruntime', () => {
  it.each([
    ['native first', ['native', 'web', 'native', 'web']],
    ['web first', ['web', 'native', 'web', 'native']],
  ] as const)('are two engines, opened %s', async (_, order) => {
    const engines = {
      native: await openNativeOnnxRuntime({ threads: 2 }),
      web: await openWebOnnxRuntime({ threads: 2 }),
    };
    const nativeSessions = countNativeSessions();
    let grown = 0;
    for (const name of order) {
      const seen = await observe(engines[name], nativeSessions);
      expect(seen.sum).toBe(1024 * 256);
      expect(seen.native, `native sessions of ${name}`).toBe(name === 'native' ? 1 : 0);
      if (name === 'native') expect(seen.grown, 'bytes of WebAssembly memory that native takes').toBe(0);
      grown += seen.grown;
    }
    expect(wasmBytes()).toBeGreaterThan(megabytes * 2 ** 20);
    expect(grown).toBeGreaterThanOrEqual(0);
    for (const engine of Object.values(engines)) await engine.dispose();
  });

  it('have an onnxruntime-common each', async () => {
    const require = createRequire(import.meta.url);
    const native = require('onnxruntime-node') as typeof import('onnxruntime-web');
    const web = await import('onnxruntime-web');
    expect(native.Tensor).not.toBe(web.Tensor);
    expect(Object.keys(native.env.versions).sort()).toEqual(['common', 'node']);
    expect(Object.keys(web.env.versions).sort()).toEqual(['common', 'web']);
  });
});
