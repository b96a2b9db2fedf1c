/** The door of the runtime: starts a run in a worker thread, so that drawing never waits for an engine and an engine never for drawing. */
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { SHARE_ENV, Worker } from 'node:worker_threads';
import { openEventLog } from './event-log.ts';
import type { RunEvent } from './events.ts';
import { executeRun } from './execute-run.ts';
import type { BackendName } from './backends/backend.ts';
import { likelyBackend } from './backends/select-engine.ts';
import type { Artefacts, RunHost, RunOutcome, RunRequest } from './execute-run.ts';
import { threadHost } from './thread-host.ts';
import { runPaths } from './records/run-folder.ts';
import { exitStatusOfFault } from './run-error.ts';

export type { RunOutcome, RunRequest } from './execute-run.ts';

export interface RunOptions {
  /**
   * What the compiler makes of the program for an engine, called in this thread: the runtime knows no compiler. It should remember: it
   * is asked ahead for the engine that is likely, and again for the one that opened. Without it only the reference runs.
   */
  readonly lower?: (backend: BackendName) => Artefacts;
  /** Aborted by SIGINT or SIGTERM: the step is finished, a checkpoint written, and the outcome is `interrupted`. */
  readonly signal?: AbortSignal;
  /** Runs in the calling thread, with parts of the host replaced: for tests. */
  readonly inProcess?: Partial<RunHost>;
}

/** What a worker is given and what it says. */
export interface WorkerInput {
  readonly request: RunRequest;
  /** One 32-bit word, not zero once the run shall stop: read between steps, while messages would wait for the engine. */
  readonly interrupt: SharedArrayBuffer;
}

export type WorkerMessage =
  | { readonly kind: 'event'; readonly event: RunEvent }
  | { readonly kind: 'outcome'; readonly outcome: RunOutcome }
  /** Its engine is open: it waits for a `LoweredMessage`. */
  | { readonly kind: 'lower'; readonly backend: BackendName };

export type LoweredMessage = { readonly artefacts: Artefacts } | { readonly failure: string };

/** Runs a program to its end. `onEvent` gets every event in order. Never rejects: failures are outcomes. */
export async function runProgram(
  request: RunRequest,
  onEvent: (event: RunEvent) => void,
  options: RunOptions = {},
): Promise<RunOutcome> {
  const interrupt = new SharedArrayBuffer(4);
  const stop = (): void => void Atomics.store(new Int32Array(interrupt), 0, 1);
  if (options.signal?.aborted === true) stop();
  options.signal?.addEventListener('abort', stop, { once: true });
  const lower = options.lower ?? ((): Artefacts => new Map());
  try {
    if (options.inProcess !== undefined) {
      return await executeRun(request, { ...threadHost(interrupt, onEvent, lower), ...options.inProcess });
    }
    return await runInWorker({ request, interrupt }, onEvent, lower);
  } finally {
    options.signal?.removeEventListener('abort', stop);
  }
}

function runInWorker(
  input: WorkerInput,
  onEvent: (event: RunEvent) => void,
  lower: (backend: BackendName) => Artefacts,
): Promise<RunOutcome> {
  return new Promise((resolve) => {
    const worker = startWorker(input);
    // While the thread starts and opens its engine; what goes wrong is said when the thread asks.
    setImmediate(() => void lowered(lower, likelyBackend(input.request.backend)));
    let folder = input.request.resume;
    let outcome: RunOutcome | undefined;
    let failure: Error | undefined;
    worker.on('message', (message: WorkerMessage) => {
      if (message.kind === 'outcome') outcome = message.outcome;
      else if (message.kind === 'lower') worker.postMessage(lowered(lower, message.backend), []);
      else {
        if (message.event.event === 'run.start') folder = message.event.folder;
        onEvent(message.event);
      }
    });
    worker.on('error', (error) => {
      failure = error instanceof Error ? error : new Error(String(error));
    });
    // Messages that were sent before are delivered before `exit`.
    worker.on('exit', (code) => resolve(outcome ?? workerFailed(failure, code, folder, onEvent)));
  });
}

function lowered(lower: (backend: BackendName) => Artefacts, backend: BackendName): LoweredMessage {
  try {
    return { artefacts: lower(backend) };
  } catch (error) {
    return { failure: error instanceof Error ? (error.stack ?? error.message) : String(error) };
  }
}

/** The thread shares the environment: TensorFlow reads its number of threads from it. */
function startWorker(input: WorkerInput): Worker {
  if (!import.meta.url.endsWith('.ts'))
    return new Worker(new URL('./worker.js', import.meta.url), { workerData: input, env: SHARE_ENV });
  // From the sources: a thread has no loader of TypeScript unless it registers one itself, before anything of ours is imported.
  const tsx = createRequire(import.meta.url).resolve('tsx/package.json');
  const loader = pathToFileURL(join(dirname(tsx), 'dist', 'esm', 'api', 'index.mjs')).href;
  const entry = new URL('./worker.ts', import.meta.url).href;
  const start = `import(${JSON.stringify(loader)}).then(({ register }) => { register(); return import(${JSON.stringify(entry)}); })`;
  return new Worker(start, { eval: true, workerData: input, env: SHARE_ENV });
}

/** A thread that ended without an outcome ran out of memory or met a native fault: its log still gets its last line. */
function workerFailed(
  failure: Error | undefined,
  exitCode: number,
  folder: string | undefined,
  onEvent: (event: RunEvent) => void,
): RunOutcome {
  const outOfMemory = failure !== undefined && 'code' in failure && failure.code === 'ERR_WORKER_OUT_OF_MEMORY';
  const error = outOfMemory
    ? {
        code: 'CX8216',
        fault: 'world' as const,
        message: 'memory ran out in the training thread',
        help: 'use a smaller batch',
      }
    : {
        code: 'CX8264',
        fault: 'internal' as const,
        message: `the training thread ended with ${failure?.stack ?? `status ${exitCode}`}`,
      };
  if (folder !== undefined) {
    const log = openEventLog(runPaths(folder).events, undefined, Date.now);
    const { code, message } = error;
    const peakMiB = Math.round(process.resourceUsage().maxRSS / 1024);
    onEvent(log.append({ event: 'run.end', status: 'failed', ms: 0, steps: 0, peakMiB, code, message }));
    log.close();
  }
  const exitStatus = exitStatusOfFault[error.fault];
  return { status: 'failed', ...(folder === undefined ? {} : { folder }), exitStatus, steps: 0, results: [], error };
}
