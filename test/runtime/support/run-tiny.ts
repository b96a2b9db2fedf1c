import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { lowererOf } from '../../../src/compiler/lower/lower-program.ts';
import { openReference } from '../../../src/runtime/backends/reference.ts';
import { selectEngine } from '../../../src/runtime/backends/select-engine.ts';
import type { BackendName } from '../../../src/runtime/backends/backend.ts';
import type { RunData } from '../../../src/runtime/batch-source.ts';
import type { RunEvent, RunEventBody } from '../../../src/runtime/events.ts';
import type { RunHost, RunOutcome, RunRequest } from '../../../src/runtime/execute-run.ts';
import { runProgram } from '../../../src/runtime/run.ts';
import { tinyData, tinyProgram } from './tiny-experiment.ts';
import type { TinyOptions } from './tiny-experiment.ts';

/** A folder that goes when the test ends. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'clipx-test-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

export interface TinyRun {
  readonly outcome: RunOutcome;
  readonly events: readonly RunEvent[];
  readonly folder: string;
}

export interface TinyRunOptions extends TinyOptions {
  readonly root: string;
  readonly backend?: BackendName;
  readonly seed?: number;
  readonly resume?: string;
  /** Stops after so many steps of this sitting, as SIGINT would. */
  readonly stopAfter?: number;
  readonly checkpointEvery?: number;
  readonly cache?: boolean;
  readonly data?: RunData;
  readonly host?: Partial<RunHost>;
}

/** Runs the tiny program in this thread. */
export async function runTiny(options: TinyRunOptions): Promise<TinyRun> {
  const { root, backend = 'reference', seed = 1, stopAfter } = options;
  const program = tinyProgram(programOptions(options));
  const request: RunRequest = {
    program,
    experimentText: 'clipx 1\n\nexperiment tiny "A two-layer regression"\n',
    seed,
    backend,
    threads: 2,
    projectRoot: root,
    runsFolder: join(root, 'runs'),
    clipxVersion: '0.0.0',
    ...(options.cache === true ? { cacheFolder: join(root, 'cache') } : {}),
    ...(options.resume === undefined ? {} : { resume: options.resume }),
    ...(options.checkpointEvery === undefined ? {} : { checkpointEvery: options.checkpointEvery }),
  };
  const events: RunEvent[] = [];
  const steps = (): number => events.filter(({ event }) => event === 'step').length;
  const outcome = await runProgram(request, (event) => events.push(event), {
    lower: lowererOf(program),
    inProcess: {
      interrupted: () => stopAfter !== undefined && steps() >= stopAfter,
      openData: () => options.data ?? tinyData(options),
      openEngine: async () =>
        backend === 'reference' ? openReference() : (await selectEngine(backend, { threads: 2 })).engine,
      ...options.host,
    },
  });
  return { outcome, events, folder: outcome.folder ?? '' };
}

/** What the program depends on, without what only this sitting does. */
function programOptions(options: TinyRunOptions): TinyOptions {
  const { method, epochs, batch, learningRate, overflow, selectOnTest, stages, average, accumulate } = options;
  return Object.fromEntries(
    Object.entries({ method, epochs, batch, learningRate, overflow, selectOnTest, stages, average, accumulate }).filter(
      ([, value]) => value !== undefined,
    ),
  );
}

/** Events of one kind. */
export function only<Name extends RunEventBody['event']>(
  events: readonly RunEvent[],
  name: Name,
): Extract<RunEvent, { readonly event: Name }>[] {
  return events.filter((event): event is Extract<RunEvent, { readonly event: Name }> => event.event === name);
}
