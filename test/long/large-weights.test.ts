import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { GraphBuilder } from '../../src/compiler/ir/graph.ts';
import { emitOnnx } from '../../src/compiler/lower/targets/onnx/emit-onnx.ts';
import type { TensorValue } from '../../src/runtime/backends/backend.ts';
import { openNativeOnnxRuntime } from '../../src/runtime/backends/onnxruntime-node.ts';
import { openWeights } from '../../src/runtime/weights/formats/open-weights.ts';
import { writeSafetensors } from '../../src/runtime/weights/safetensors.ts';
import { runGraph } from '../conformance/run-graph.ts';

/** Nine square matrices: 2.25 GiB, more than a protobuf message or one `write` of Node may hold. */
const [width, depth] = [8192, 9];
const folder = mkdtempSync(join(tmpdir(), 'clipx-large-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** Each row has four numbers other than zero, so that what comes out is worked out by hand in no time. */
const placeOf = (layer: number, row: number, turn: number): number => (row * 31 + turn * 2039 + layer * 17) % width;
const valueOf = (layer: number, turn: number): number => (turn % 2 === 0 ? 0.5 : -0.25) + layer / 64;

function matrix(layer: number): Float32Array {
  const values = new Float32Array(width * width);
  for (let row = 0; row < width; row++) {
    for (let turn = 0; turn < 4; turn++) {
      const at = row * width + placeOf(layer, row, turn);
      values[at] = (values[at] ?? 0) + valueOf(layer, turn);
    }
  }
  return values;
}

/** The same product in double precision. */
function expected(input: Float32Array): Float64Array {
  let vector = Float64Array.from(input);
  for (let layer = 0; layer < depth; layer++) {
    const next = new Float64Array(width);
    for (let row = 0; row < width; row++)
      for (let turn = 0; turn < 4; turn++) {
        const column = placeOf(layer, row, turn);
        next[column] = (next[column] ?? 0) + (vector[row] ?? 0) * valueOf(layer, turn);
      }
    vector = next;
  }
  return vector;
}

test('a model of more than 2 GiB is written, read and run: its weights are fed, none stands in the ONNX model', async () => {
  const path = join(folder, 'large.safetensors');
  const names = Array.from({ length: depth }, (_, layer) => `w${layer}`);
  const began = performance.now();
  writeSafetensors(path, new Map(names.map((name, layer) => [name, { shape: [width, width], dtype: 'F32', load: () => matrix(layer) }]))); // prettier-ignore
  expect(statSync(path).size).toBeGreaterThan(2.1e9);

  const written = performance.now();
  const file = openWeights(path);
  const weights = names.map((name) => [name, file.read(name)] as const);
  file.close();

  const loaded = performance.now();
  const builder = new GraphBuilder('chain');
  let value = builder.add('input', [], { name: 'x', dtype: 'f32', shape: [1, width] });
  for (const name of names) {
    const weight = builder.add('input', [], { name, dtype: 'f32', shape: [width, width] });
    value = builder.add('matmul', [value, weight], { transposeA: false, transposeB: false });
  }
  builder.output('y', value);
  const graph = builder.finish();
  const model = emitOnnx(graph);
  expect(model.byteLength).toBeLessThan(10_000);

  const x = Float32Array.from({ length: width }, (_, at) => ((at * 7) % 13) - 6);
  const feeds: Record<string, TensorValue> = { x: { dtype: 'f32', shape: [1, width], data: x } };
  for (const [name, { shape, data }] of weights) feeds[name] = { dtype: 'f32', shape, data };
  const engine = await openNativeOnnxRuntime({ threads: 2 });
  const [result] = await runGraph(engine, graph, model, feeds);
  const ran = performance.now();

  const wanted = expected(x);
  const scale = wanted.reduce((most, each) => Math.max(most, Math.abs(each)), 0);
  const off = wanted.reduce((most, each, at) => Math.max(most, Math.abs((result?.['y']?.data[at] ?? NaN) - each)), 0);
  expect(scale).toBeGreaterThan(0.1);
  expect(off).toBeLessThan(1e-5 * scale);
  const seconds = (from: number, to: number): string => `${((to - from) / 1000).toFixed(1)} s`;
  console.log(`2.25 GiB: written in ${seconds(began, written)}, read in ${seconds(written, loaded)}, run in ${seconds(loaded, ran)}, ${(process.memoryUsage().rss / 2 ** 30).toFixed(2)} GiB in memory`); // prettier-ignore
});
