/** Entry of the training thread. */
import { parentPort, workerData } from 'node:worker_threads';
import { executeRun } from './execute-run.ts';
import type { Artefacts } from './execute-run.ts';
import type { BackendName } from './backends/backend.ts';
import type { LoweredMessage, WorkerInput, WorkerMessage } from './run.ts';
import { threadHost } from './thread-host.ts';

const { request, interrupt } = workerData as WorkerInput;
const say = (message: WorkerMessage): void => parentPort?.postMessage(message, []);
const outcome = await executeRun(
  request,
  threadHost(interrupt, (event) => say({ kind: 'event', event }), askToLower),
);
say({ kind: 'outcome', outcome });

/** The compiler is in the thread that started this one. */
function askToLower(backend: BackendName): Promise<Artefacts> {
  return new Promise((resolve, reject) => {
    parentPort?.once('message', (answer: LoweredMessage) => {
      if ('artefacts' in answer) resolve(answer.artefacts);
      else reject(new Error(answer.failure));
    });
    say({ kind: 'lower', backend });
  });
}
