import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { compile } from '../../../src/compiler/compile.ts';
import { lowererOf } from '../../../src/compiler/lower/lower-program.ts';
import type { Program } from '../../../src/compiler/program/program.ts';
import { createDataRoom } from '../../../src/runtime/data/data-room.ts';
import { gatherFacts } from '../../../src/runtime/data/gather-facts.ts';
import type { RunEvent } from '../../../src/runtime/events.ts';
import { runProgram } from '../../../src/runtime/run.ts';
import { repository } from '../../support/fixtures.ts';
import { temporaryFolder } from './run-tiny.ts';

export const projectRoot = join(import.meta.dirname, '../../..');

export interface SourceRun {
  readonly program: Program;
  readonly events: readonly RunEvent[];
  readonly folder: string;
  /** Losses of the first step, raw. */
  readonly terms: Readonly<Record<string, number | null>>;
  /** Metrics of the last time that each evaluation ran. */
  readonly metrics: Readonly<Record<string, number | null>>;
}

/** Writes `files`, compiles the text that `source` makes of their folder with the facts of its data, and runs it. No error is expected. */
export async function runSource(
  files: Readonly<Record<string, string>>,
  source: (folder: string) => string,
  { backend = 'onnxruntime-node', seed = 1 }: { readonly backend?: 'onnxruntime-node' | 'tensorflow' | 'reference'; readonly seed?: number } = {}, // prettier-ignore
): Promise<SourceRun> {
  const folder = temporaryFolder();
  for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content);
  const text = source(folder);
  const request = { path: 'source.clipx', text, host: repository };
  const told = ({ diagnostics }: ReturnType<typeof compile>): string[] =>
    diagnostics.filter(({ severity }) => severity === 'error').map(({ code, message }) => `${code} ${message}`);
  const first = compile(request);
  expect(told(first)).toEqual([]);
  if (first.program === undefined) throw new Error('no program');
  const environment = { projectFolder: projectRoot, seed };
  const second = compile({ ...request, facts: await gatherFacts(first.program, environment) });
  expect(told(second)).toEqual([]);
  const { program } = second;
  if (program === undefined) throw new Error('no program');
  const events: RunEvent[] = [];
  const outcome = await runProgram(
    { program, experimentText: text, seed, backend, threads: 1, projectRoot, runsFolder: join(folder, 'runs'), clipxVersion: '0.0.0' },
    (event) => events.push(event),
    { lower: lowererOf(program), inProcess: { openData: () => createDataRoom(program, environment) } },
  ); // prettier-ignore
  expect(outcome.error?.message).toBeUndefined();
  const step = events.find((event) => event.event === 'step');
  const metrics = events.flatMap((event) => (event.event === 'eval' ? event.metrics : []));
  return {
    program,
    events,
    folder,
    terms: Object.fromEntries(step?.event === 'step' ? step.terms.map(({ name, raw }) => [name, raw]) : []),
    metrics: Object.fromEntries(metrics.map(({ name, value }) => [name, value])),
  };
}
