/** Resident memory over thousands of steps: what is held after a thousand is held after five thousand. */
import { expect, test } from 'vitest';
import { projectHost } from '../../src/cli/experiment.ts';
import { compile } from '../../src/compiler/compile.ts';
import { lowererOf } from '../../src/compiler/lower/lower-program.ts';
import type { Session } from '../../src/runtime/backends/backend.ts';
import { openHostSession } from '../../src/runtime/backends/host-session.ts';
import { selectEngine } from '../../src/runtime/backends/select-engine.ts';
import { initialiseParameters } from '../../src/runtime/weights/initialise.ts';
import { randomBatch, repository } from '../bench/programs.ts';
import { isEngineRequired } from '../support/required-engines.ts';

const mebibyte = 2 ** 20;

// Feeds of 512 KiB, parameters and slots of 792 KiB: a tensor forgotten in each step would be hundreds of MiB in the end.
const text = `clipx 1
experiment memory "Steps that feed much and compute little"
use "library/losses.clipx" { mse }
axis wide = 256
input a : vector(wide)
input b : vector(wide)
data pairs = jsonl("pairs.jsonl") { a: "a"  b: "b" }
trainable module M = mlp(wide -> hidden(128) -> wide)
loss L = mse(M(a), b)
minimize L
train on pairs {
  steps: 100
  batch: 256
  optimizer: adamw(lr: 1e-3, decay: 0.01)
  clip_gradient: 1
}
`;

const engines = (['onnxruntime-node', 'tensorflow'] as const).filter(isEngineRequired);

test('there are engines to hold to it', () => {
  expect(engines).toContain('onnxruntime-node');
});

test.each(engines)('%s keeps its size from step 1,000 to step 5,000', async (backend) => {
  const { program, diagnostics } = compile({ path: 'memory.clipx', text, host: projectHost(repository) });
  const [stage] = program?.stages ?? [];
  if (program === undefined || stage === undefined) throw new Error(diagnostics.map(({ message }) => message).join());
  const { engine } = await selectEngine(backend, { threads: 2 });
  const parameters = initialiseParameters(program.parameters, 1, '.');
  const request = { program, artefacts: lowererOf(program)(backend), parameters };
  const session: Session = await (engine.openSession?.(request) ?? openHostSession(engine, request));
  const batch = randomBatch(stage.step);
  const sizes: number[] = [];
  for (let update = 1; update <= 5000; update++) {
    await session.step('main', batch, { update, rate: 1 });
    if (update % 1000 === 0) sizes.push(process.memoryUsage.rss() / mebibyte);
  }
  await session.dispose();
  const [first = 0, ...later] = sizes;
  expect(Math.max(...later) - first, `MiB after each 1,000 steps: ${sizes.map(Math.round).join(', ')}`).toBeLessThan(
    64,
  );
});
