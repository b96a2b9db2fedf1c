/**
 * clipx's side of the benchmark, in a process of its own so that its peak of memory is its own. Started with the program's name and a
 * number of threads; the protocol is that of `torch_peer.py`.
 */
import { createInterface } from 'node:readline';
import { openHostSession } from '../../src/runtime/backends/host-session.ts';
import { openNativeOnnxRuntime } from '../../src/runtime/backends/onnxruntime-node.ts';
import { initialiseParameters } from '../../src/runtime/weights/initialise.ts';
import { lowerToOnnx } from '../../src/compiler/lower/lower-program.ts';
import { elementCount } from '../../src/compiler/types/dtype.ts';
import { compileFile, randomBatch } from './programs.ts';

const [name = '', threads = '2', profilePrefix] = process.argv.slice(2);
const program = compileFile(`test/bench/${name}.clipx`);
const [stage] = program.stages;
if (stage === undefined) throw new Error(`${name} has no stage`);
const engine = await openNativeOnnxRuntime({
  threads: Number(threads),
  ...(profilePrefix === undefined ? {} : { profilePrefix }),
});
const session = await openHostSession(engine, {
  program,
  artefacts: lowerToOnnx(program),
  parameters: initialiseParameters(program.parameters, 1, '.'),
});
const batch = randomBatch(stage.step);

const parameters = program.parameters.reduce((sum, { shape }) => sum + elementCount(shape), 0);
say({ ready: `${engine.info.name} ${engine.info.version}`, parameters });
let update = 0;
for await (const line of createInterface({ input: process.stdin })) {
  const ms: number[] = [];
  for (let step = 0; step < Number(line); step++) {
    const start = performance.now();
    update++;
    await session.step(stage.name, batch, { update, rate: 1 });
    ms.push(performance.now() - start);
  }
  say({ ms, peakMiB: process.resourceUsage().maxRSS / 1024 });
}
await session.dispose();

function say(answer: unknown): void {
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}
