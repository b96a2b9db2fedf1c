/** Entry of the training thread. */
import { parentPort, workerData } from 'node:worker_threads';
import { executeRun } from './execute-run.ts';
import type { WorkerInput, WorkerMessage } from './run.ts';
import { threadHost } from './thread-host.ts';

const { request, interrupt } = workerData as WorkerInput;
const say = (message: WorkerMessage): void => parentPort?.postMessage(message, []);
const outcome = await executeRun(
  request,
  threadHost(interrupt, (event) => say({ kind: 'event', event })),
);
say({ kind: 'outcome', outcome });
