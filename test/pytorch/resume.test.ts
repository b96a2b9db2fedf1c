/**
 * A run of the package that was stopped or killed and resumed is the run that was not: parameters, state of optimisers and every number of every
 * event, to the bit, in one process and in two; and Python goes on with what an engine of clipx began, and the other way round, up to rounding.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { writePytorchPackage } from '../../src/cli/pytorch-package.ts';
import { compile, type Compilation } from '../../src/compiler/compile.ts';
import { lowererOf } from '../../src/compiler/lower/lower-program.ts';
import type { Program } from '../../src/compiler/program/program.ts';
import { readCheckpoint } from '../../src/runtime/checkpoint.ts';
import { gatherFacts } from '../../src/runtime/data/gather-facts.ts';
import type { RunEvent } from '../../src/runtime/events.ts';
import { readRun, runPaths } from '../../src/runtime/records/run-folder.ts';
import { schemaChecker } from '../../src/runtime/records/validate.ts';
import { runProgram } from '../../src/runtime/run.ts';
import { clipx } from '../cli/support.ts';
import { repositoryHost } from '../support/repository-host.ts';
import { readSafetensors } from '../support/safetensors.ts';
import { findPython } from './support/python.ts';

const python = findPython();
if (python === undefined) console.warn('resuming in Python is not tested: no Python with torch; see CLIPX_PYTHON');

const root = mkdtempSync(join(tmpdir(), 'clipx-resume-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));
const support = join(import.meta.dirname, 'support');

let compiled: Compilation & { readonly program: Program };

beforeAll(async () => {
  const points = Array.from({ length: 40 }, (_, at) => {
    const x = [0, 1, 2, 3].map((k) => Math.sin(1.7 * at + k));
    return JSON.stringify({ x, y: [0, 1, 2].map((k) => (x[k] ?? 0) * (x[k + 1] ?? 0)) });
  });
  writeFileSync(join(root, 'points.jsonl'), `${points.join('\n')}\n`);
  const path = 'test/pytorch/support/resume.clipx';
  const request = { path, text: readFileSync(join(support, 'resume.clipx'), 'utf8'), host: repositoryHost };
  const nominal = compile(request);
  if (nominal.program === undefined) throw new Error(nominal.diagnostics.map(({ message }) => message).join('\n'));
  const made = compile({ ...request, facts: await gatherFacts(nominal.program, { projectFolder: root, seed: 0 }) });
  if (made.program === undefined) throw new Error(made.diagnostics.map(({ message }) => message).join('\n'));
  compiled = { ...made, program: made.program };
  const { diagnostics } = await writePytorchPackage(compiled, { folder: join(root, 'points'), seed: 1, projectRoot: root, runsFolder: join(root, 'runs') }); // prettier-ignore
  expect(diagnostics).toEqual([]);
});

interface Stop {
  readonly signal: 'SIGINT' | 'SIGKILL';
  readonly step: number;
}

/** Trains in `folder`, from its checkpoint where there is one; the exit status. */
function train(folder: string, processes: number, stop?: Stop): number | null {
  const launcher = processes === 1 ? [] : ['-m', 'torch.distributed.run', '--standalone', '--nproc-per-node', String(processes)]; // prettier-ignore
  const script = stop === undefined ? ['-m', 'points.train'] : [join(support, 'stop_at.py'), 'points', stop.signal, String(stop.step)]; // prettier-ignore
  const place = existsSync(runPaths(folder).record) ? ['--resume', folder] : ['--folder', folder];
  const { status, stderr } = spawnSync(python ?? '', [...launcher, ...script, ...place, '--device', 'cpu', '--data-root', root], {
    cwd: root,
    encoding: 'utf8',
    env: { ...process.env, PYTHONDONTWRITEBYTECODE: '1', OMP_NUM_THREADS: '1' },
  }); // prettier-ignore
  if (stop === undefined && status !== 0) throw new Error(stderr.slice(-3000));
  return status;
}

/** What two sittings must agree in. */
function numbers(events: readonly RunEvent[]): unknown[] {
  return events.flatMap((event): unknown[] => {
    if (event.event === 'step') return [{ ...event, ts: 0, seq: 0, ms: 0 }];
    return event.event === 'eval' || event.event === 'certificate' ? [{ ...event, ts: 0, seq: 0 }] : [];
  });
}

/** What a run left, with faults of its log. */
async function left(folder: string): Promise<unknown> {
  const { events, record, results } = await readRun(folder);
  const check = await schemaChecker('event');
  expect(events.flatMap((event) => check(event))).toEqual([]);
  expect(readFileSync(runPaths(folder).events, 'utf8').trim().split('\n')).toHaveLength(events.length);
  const checkpoint = await readCheckpoint(runPaths(folder).checkpoint);
  const { parameters, slots, state } = checkpoint ?? {};
  const { frozen, started, best, patience, runStep, counter } = state ?? {};
  return {
    record: record.state,
    numbers: numbers(events),
    results,
    parameters,
    slots,
    state: { frozen, started, best, patience, runStep, counter },
    best: readSafetensors(runPaths(folder).best),
  };
}

function fresh(name: string): string {
  const folder = join(root, name);
  mkdirSync(folder);
  return folder;
}

describe.skipIf(python === undefined)('a run of the package that is resumed is the run that was not stopped', () => {
  test.each([1, 2])('in %i processes: stopped in the first stage, killed in the second', async (processes) => {
    const whole = fresh(`whole-${processes}`);
    train(whole, processes);
    const parts = fresh(`parts-${processes}`);
    expect(train(parts, processes, { signal: 'SIGINT', step: 5 })).not.toBe(0);
    const stopped = await readRun(parts);
    expect(stopped.record.state).toBe('interrupted');
    expect(stopped.events.at(-1)).toMatchObject({ event: 'run.end', status: 'interrupted', steps: 5 });
    // four steps are left of the first stage; the second has a checkpoint after eight
    expect(train(parts, processes, { signal: 'SIGKILL', step: 4 + 9 })).not.toBe(0);
    const killed = await readRun(parts);
    expect(killed).toMatchObject({ dead: true, record: { state: 'running' } });
    expect((await readCheckpoint(runPaths(parts).checkpoint))?.state).toMatchObject({ stage: 'second', step: 8, runStep: 17, counter: 26 }); // prettier-ignore
    train(parts, processes);
    expect(await left(parts)).toEqual(await left(whole));
    const { events } = await readRun(parts);
    expect(events.flatMap((event) => (event.event === 'run.start' ? [event.resumedAt] : []))).toEqual([undefined, 5, 17]); // prettier-ignore
    // complete
    expect(() => train(parts, processes)).toThrow('CX8254');
  });

  test('`clipx resume` goes on by the package that began the run', async () => {
    const folder = fresh('by-clipx');
    train(folder, 1, { signal: 'SIGINT', step: 14 });
    writeFileSync(join(root, 'clipx.json'), '{}');
    const variables = { ...process.env, CLIPX_PYTHON: python ?? '', OMP_NUM_THREADS: '1' };
    const { code, stderr } = await clipx(['resume', folder], { cwd: root, variables });
    expect(stderr).not.toContain('error');
    expect(code).toBe(0);
    expect(await left(folder)).toEqual(await left(join(root, 'whole-1')));
    const again = await clipx(['resume', folder], { cwd: root, variables });
    expect(again.stderr).toContain('CX8254');
  });

  test('killed before its first checkpoint it starts again', async () => {
    const folder = fresh('early');
    train(folder, 1, { signal: 'SIGKILL', step: 2 });
    train(folder, 1);
    expect(await left(folder)).toEqual(await left(join(root, 'whole-1')));
  });

  test('of another seed, of another experiment or damaged it goes on nowhere', async () => {
    const folder = fresh('refused');
    train(folder, 1, { signal: 'SIGINT', step: 4 });
    const state = join(runPaths(folder).checkpoint, 'state.json');
    const text = readFileSync(state, 'utf8');
    const resumed = (): (() => void) => () => void train(folder, 1);
    writeFileSync(state, text.replace(/"semantic": ".{4}/, '"semantic": "0000'));
    expect(resumed()).toThrow('CX8253');
    writeFileSync(state, text.replace(/"sha256": ".{4}/, '"sha256": "0000'));
    expect(resumed()).toThrow('CX8252');
  });
});

/** By the engine of clipx, from the start or from a checkpoint; stopped after `stop` steps. */
async function byClipx(place: { readonly runsFolder: string; readonly resume?: string }, stop = Infinity): Promise<string> {
  const { program } = compiled;
  const controller = new AbortController();
  let steps = 0;
  const request = { program, experimentText: '', seed: 1, backend: 'onnxruntime-node' as const, threads: 1, projectRoot: root, clipxVersion: '0', ...place }; // prettier-ignore
  const outcome = await runProgram(
    request,
    (event) => {
      if (event.event === 'step' && ++steps === stop) controller.abort();
    },
    { signal: controller.signal, lower: lowererOf(program) },
  );
  expect(outcome.error?.message).toBeUndefined();
  return outcome.folder ?? '';
} // prettier-ignore

describe.skipIf(python === undefined)('checkpoints are exchanged', () => {
  test('Python goes on with a run of clipx, and clipx with one of Python', async () => {
    const engine = await byClipx({ runsFolder: join(root, 'engine') });
    const expected = await readCheckpoint(runPaths(engine).checkpoint);
    const begun = await byClipx({ runsFolder: join(root, 'begun') }, 14);
    train(begun, 1);
    const stopped = fresh('stopped');
    train(stopped, 1, { signal: 'SIGINT', step: 14 });
    await byClipx({ runsFolder: root, resume: stopped });
    for (const folder of [begun, stopped]) {
      const found = await readCheckpoint(runPaths(folder).checkpoint);
      expect(found?.state).toMatchObject({ finished: true, runStep: expected?.state.runStep, counter: expected?.state.counter, best: { step: expected?.state.best?.step } }); // prettier-ignore
      for (const [name, value] of expected?.parameters ?? [])
        expect(Math.max(...Array.from(found?.parameters.get(name) ?? [], (each, at) => Math.abs(each - (value[at] ?? NaN)))), name).toBeLessThan(1e-4); // prettier-ignore
      const { events } = await readRun(folder);
      expect(events.some((event) => event.event === 'warning' && event.code === 'CX8253')).toBe(true);
    }
  });
});
