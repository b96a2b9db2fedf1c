import { expect, test } from 'vitest';
import { compile } from '../../../src/compiler/compile.ts';
import type { DeviceProfile } from '../../../src/compiler/plan/device-profile.ts';
import { estimateOf } from '../../../src/compiler/plan/estimate.ts';
import type { Program } from '../../../src/compiler/program/program.ts';

const device: DeviceProfile = {
  schema: 'clipx.device/1',
  engine: 'onnxruntime-node',
  version: '1',
  device: 'cpu',
  threads: 2,
  processor: 'p',
  measured: 0,
  // only matrix products take time here
  rates: { perProductFlop: 1e-9, perConvolutionFlop: 0, perByte: 0, perOp: 0, perLoadedOp: 0, perDecodedByte: 0 },
  idleBytes: 100 * 2 ** 20,
};

function programOf(batch: number): Program {
  const text = `clipx 1
experiment e "E"
axis a = 32
input x : vector(a)
data d = jsonl("d.jsonl") { x: "x" }
data t = jsonl("t.jsonl") like d |> mark(test)
frozen module G = linear(a -> a)
trainable module F = linear(a -> a)
let y = F(G(x))
loss L = mean((y - x) ^ 2)
minimize L
train on d { steps: 10  batch: ${batch}  optimizer: sgd(lr: 0.1) }
evaluate on t { metric m = mean(abs(F(x))) }
`;
  const { program, diagnostics } = compile({ path: 'e.clipx', text, host: { readText: () => undefined } });
  if (program === undefined) throw new Error(diagnostics.map(({ message }) => message).join('\n'));
  return program;
}

const facts = { counts: new Map([['d', 640]]), steps: new Map([['main', 10]]) };

test('steps, what comes from the cache once a sample, and evaluations add up', () => {
  const { stages, seconds } = estimateOf(programOf(64), device, facts);
  const product = 2 * 64 * 32 * 32 * 1e-9;
  const [stage] = stages;
  // F forward and the gradient of its weight; G is frozen and x known, so its product is made once a sample
  expect(stage?.secondsPerStep).toBeCloseTo(2 * product, 9);
  expect(stage?.secondsPerStepUncached).toBeCloseTo(3 * product, 9);
  const evaluation = (256 / 64) * product;
  expect(stage?.seconds).toBeCloseTo(10 * 2 * product + 10 * product + evaluation, 9);
  expect(seconds).toBe(stage?.seconds);
});

test('memory grows with the batch, and holds the process, weights and data', () => {
  const at = (batch: number) => estimateOf(programOf(batch), device, facts).memory;
  const [small, large] = [at(64), at(512)];
  expect(large.values).toBeGreaterThan(small.values);
  expect({ ...large, values: 0, bytes: 0 }).toEqual({ ...small, values: 0, bytes: 0 });
  expect(small.parameters).toBe(4 * 2 * (32 * 32 + 32));
  // 640 training samples, and 256 where nobody has counted
  expect(small.data).toBe((640 + 256) * 32 * 4);
  expect(small.bytes).toBe(small.process + small.parameters + small.state + small.data + small.values);
  expect(small.process).toBeGreaterThan(device.idleBytes);
});
