/**
 * clipx's side of the benchmark, in a process of its own so that its peak of memory is its own. Started with the names of a program and
 * an engine, a number of threads and, where it is to be profiled, where to leave what `profile.ts` reads. The protocol is that of
 * `torch_peer.py`; where the engine is not installed the first line says `{"unavailable": reason}`.
 */
import { createInterface } from 'node:readline';
import { BackendError } from '../../src/runtime/backends/backend-error.ts';
import type { BackendName } from '../../src/runtime/backends/backend.ts';
import { openBenchSession } from './bench-session.ts';

const [name = '', engine = '', threads = '2', profilePrefix] = process.argv.slice(2);

try {
  const session = await openBenchSession(name, engine as BackendName, Number(threads), profilePrefix);
  say({ ready: `${session.info.name} ${session.info.version}`, parameters: session.parameters });
  for await (const line of createInterface({ input: process.stdin })) {
    const ms: number[] = [];
    for (let step = 0; step < Number(line); step++) {
      const start = performance.now();
      await session.step();
      ms.push(performance.now() - start);
    }
    say({ ms, peakMiB: process.resourceUsage().maxRSS / 1024 });
  }
  await session.dispose();
} catch (error) {
  if (!(error instanceof BackendError) || error.code !== 'engine-unavailable') throw error;
  say({ unavailable: error.message });
}

function say(answer: unknown): void {
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}
