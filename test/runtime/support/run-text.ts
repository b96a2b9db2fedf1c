/** Runs an experiment from its text on an engine, in this thread. */
import { join } from 'node:path';
import { expect } from 'vitest';
import { compile } from '../../../src/compiler/compile.ts';
import { lowererOf } from '../../../src/compiler/lower/lower-program.ts';
import type { Program } from '../../../src/compiler/program/program.ts';
import type { BackendName } from '../../../src/runtime/backends/backend.ts';
import { openReference } from '../../../src/runtime/backends/reference.ts';
import { selectEngine } from '../../../src/runtime/backends/select-engine.ts';
import { createDataRoom } from '../../../src/runtime/data/data-room.ts';
import { gatherFacts } from '../../../src/runtime/data/gather-facts.ts';
import type { RunEvent } from '../../../src/runtime/events.ts';
import { runProgram, type RunOutcome } from '../../../src/runtime/run.ts';
import { repository } from '../../support/fixtures.ts';

export interface RunTextOptions {
  readonly seed?: number;
  readonly backend?: BackendName;
  /** Interrupts after so many steps. */
  readonly stopAfter?: number;
  readonly resume?: string;
  readonly checkpointEvery?: number;
}

export interface RanText {
  readonly outcome: RunOutcome;
  readonly program: Program;
  readonly events: readonly RunEvent[];
  readonly folder: string;
}

/** `FOLDER` in the text is the folder. Fails where the text has faults or the run does. */
export async function runText(folder: string, text: string, options: RunTextOptions = {}): Promise<RanText> {
  const request = { path: 't.clipx', text: text.replaceAll('FOLDER', folder), host: repository };
  const nominal = compile(request);
  const faults = nominal.diagnostics.filter(({ severity }) => severity === 'error').map(({ code, message }) => `${code} ${message}`); // prettier-ignore
  expect(faults).toEqual([]);
  if (nominal.program === undefined) throw new Error('no program');
  const { seed = 1, stopAfter, resume, backend = 'reference', checkpointEvery } = options;
  const environment = { projectFolder: '/', seed };
  const { program } = compile({ ...request, facts: await gatherFacts(nominal.program, environment) });
  if (program === undefined) throw new Error('no program');
  const events: RunEvent[] = [];
  const steps = (): number => events.filter(({ event }) => event === 'step').length;
  const outcome = await runProgram(
    {
      program, experimentText: text, seed, backend, threads: 1, projectRoot: '/', runsFolder: join(folder, 'runs'), clipxVersion: '0.0.0',
      ...(resume === undefined ? {} : { resume }),
      ...(checkpointEvery === undefined ? {} : { checkpointEvery }),
    },
    (event) => events.push(event),
    {
      lower: lowererOf(program),
      inProcess: {
        openData: () => createDataRoom(program, environment),
        openEngine: async () => (backend === 'reference' ? openReference() : (await selectEngine(backend, { threads: 1 })).engine),
        interrupted: () => stopAfter !== undefined && steps() >= stopAfter,
      },
    },
  ); // prettier-ignore
  expect(outcome.error?.message).toBeUndefined();
  return { outcome, program, events, folder: outcome.folder ?? '' };
}
