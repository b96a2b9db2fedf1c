/** Whole runs in TensorFlow: the same numbers twice, over interruptions, beside other sessions and beside other engines. */
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { lowererOf } from '../../../../src/compiler/lower/lower-program.ts';
import { BackendError } from '../../../../src/runtime/backends/backend-error.ts';
import type { Engine } from '../../../../src/runtime/backends/backend.ts';
import { openTensorflow } from '../../../../src/runtime/backends/tensorflow/tensorflow-engine.ts';
import { readCheckpoint } from '../../../../src/runtime/checkpoint.ts';
import { readEvents } from '../../../../src/runtime/event-log.ts';
import type { RunEvent } from '../../../../src/runtime/events.ts';
import { runPaths } from '../../../../src/runtime/records/run-folder.ts';
import { runProgram, type RunRequest } from '../../../../src/runtime/run.ts';
import { only, runTiny, temporaryFolder, type TinyRun } from '../../support/run-tiny.ts';
import { tinyProgram, writeTinyData } from '../../support/tiny-experiment.ts';
import { titled, withoutTensorflow } from './here.ts';

const backend = 'tensorflow';

/** What the events say, without times. */
function numbers(events: readonly RunEvent[]): unknown[] {
  return events.flatMap((event): unknown[] => {
    if (event.event === 'step') return [[event.stage, event.step, event.total, event.terms, event.gradientNorm]];
    if (event.event === 'eval') return [[event.evaluation, event.step, event.metrics]];
    return event.event === 'certificate' ? [[event.frozen, event.verified, event.trained, event.moved]] : [];
  });
}

async function stateOf({ folder }: TinyRun) {
  const checkpoint = await readCheckpoint(runPaths(folder).checkpoint);
  return { parameters: checkpoint?.parameters, slots: checkpoint?.slots };
}

describe.skipIf(withoutTensorflow !== undefined)(titled('a run in TensorFlow'), () => {
  test('gives the same bits twice', async () => {
    const [one, two] = [
      await runTiny({ root: temporaryFolder(), backend, stages: 3 }),
      await runTiny({ root: temporaryFolder(), backend, stages: 3 }),
    ];
    expect(one.outcome.error).toBeUndefined();
    expect(one.outcome).toMatchObject({ status: 'complete' });
    expect(numbers(two.events)).toEqual(numbers(one.events));
    expect(await stateOf(two)).toEqual(await stateOf(one));
  });

  test.each([
    ['in the middle of an epoch', 7],
    ['between two stages', 10],
    ['in a stage without data', 17],
  ])('goes on %s as if it had never stopped', async (_, stopAfter) => {
    const whole = await runTiny({ root: temporaryFolder(), backend, stages: 3, epochs: 2 });
    const root = temporaryFolder();
    const begun = await runTiny({ root, backend, stages: 3, epochs: 2, stopAfter });
    expect(begun.outcome.status).toBe('interrupted');
    const rest = await runTiny({ root, backend, stages: 3, epochs: 2, resume: begun.folder });
    expect(rest.outcome.status).toBe('complete');
    expect(numbers(readEvents(runPaths(begun.folder).events))).toEqual(numbers(whole.events));
    expect(await stateOf(rest)).toEqual(await stateOf(whole));
  });

  test.each([
    ['onnxruntime-node', 'tensorflow'],
    ['tensorflow', 'onnxruntime-node'],
  ] as const)('a checkpoint of %s goes on in %s, which the record says', async (first, second) => {
    const whole = await runTiny({ root: temporaryFolder(), backend: first });
    const root = temporaryFolder();
    const begun = await runTiny({ root, backend: first, stopAfter: 7 });
    const rest = await runTiny({ root, backend: second, resume: begun.folder });
    expect(rest.outcome.status).toBe('complete');
    expect(only(rest.events, 'warning')).toMatchObject([{ code: 'CX8253', message: expect.stringContaining(second) }]);
    const [a, b] = [await stateOf(whole), await stateOf(rest)];
    for (const [name, value] of a.parameters ?? []) expectClose(name, b.parameters?.get(name), value, 2e-5);
    for (const [name, value] of a.slots ?? []) expectClose(name, b.slots?.get(name), value, 2e-4);
  });

  test('agrees with the reference', async () => {
    const [ours, reference] = [
      await runTiny({ root: temporaryFolder(), backend, stages: 3 }),
      await runTiny({ root: temporaryFolder(), backend: 'reference', stages: 3 }),
    ];
    const [a, b] = [await stateOf(reference), await stateOf(ours)];
    for (const [name, value] of a.parameters ?? []) expectClose(name, b.parameters?.get(name), value, 2e-5);
    const steps = only(reference.events, 'step');
    expect(steps.length).toBeGreaterThan(15);
    for (const [at, step] of only(ours.events, 'step').entries())
      expect(step.total).toBeCloseTo(steps[at]?.total ?? Number.NaN, 5);
  });

  test('goes in a worker thread as in this one, one after the other in one process', async () => {
    const root = temporaryFolder();
    await writeTinyData(root);
    const program = tinyProgram({ epochs: 1 });
    const request: RunRequest = {
      program,
      experimentText: 'clipx 1\n',
      seed: 1,
      backend,
      threads: 2,
      projectRoot: root,
      runsFolder: join(root, 'runs'),
      clipxVersion: '0.0.0',
    };
    const runs: unknown[][] = [];
    for (const options of [{}, {}, { inProcess: {} }]) {
      const events: RunEvent[] = [];
      const outcome = await runProgram(request, (event) => events.push(event), {
        ...options,
        lower: lowererOf(program),
      });
      expect(outcome.error).toBeUndefined();
      expect(only(events, 'run.start')[0]?.backend.name).toBe('tensorflow');
      runs.push(numbers(events));
    }
    expect(runs[1]).toEqual(runs[0]);
    expect(runs[2]).toEqual(runs[0]);
  });

  test('a step that fails midway ends the run, which goes on from its checkpoint', async () => {
    const whole = await runTiny({ root: temporaryFolder(), backend });
    const root = temporaryFolder();
    const failed = await runTiny({ root, backend, checkpointEvery: 4, host: { openEngine: () => failingEngine(9) } });
    expect(failed.outcome).toMatchObject({ status: 'failed', error: { code: 'CX8265', message: 'memory ran out' } });
    const rest = await runTiny({ root, backend, resume: failed.folder });
    expect(only(rest.events, 'run.start')[0]?.resumedAt).toBe(8);
    expect(numbers(readEvents(runPaths(failed.folder).events))).toEqual(numbers(whole.events));
    expect(await stateOf(rest)).toEqual(await stateOf(whole));
  });

  test('ends at a loss that is not finite, and its checkpoint goes on', async () => {
    const { outcome, folder } = await runTiny({ root: temporaryFolder(), backend, overflow: true });
    expect(outcome).toMatchObject({ status: 'failed', exitStatus: 4, error: { code: 'CX8221' } });
    expect(readEvents(runPaths(folder).events).at(-1)).toMatchObject({ event: 'run.end', status: 'failed' });
  });
});

/** TensorFlow whose step number `at` does half of what it should and fails. */
async function failingEngine(at: number): Promise<Engine> {
  const engine = await openTensorflow({ threads: 2 });
  let steps = 0;
  return {
    ...engine,
    openSession: async (request) => {
      const session = await engine.openSession?.(request);
      if (session === undefined) throw new Error('the engine opens no session');
      return {
        ...session,
        async step(stage, feeds, scalars) {
          const result = await session.step(stage, feeds, scalars);
          if (++steps === at) throw new BackendError('execution-failed', 'world', 'memory ran out');
          return result;
        },
      };
    },
  };
}

function expectClose(name: string, found: Float32Array | undefined, expected: Float32Array, tolerance: number): void {
  const scale = expected.reduce((largest, entry) => Math.max(largest, Math.abs(entry)), 0);
  expect(found?.length, name).toBe(expected.length);
  expected.forEach((entry, at) =>
    expect(Math.abs((found?.[at] ?? Number.NaN) - entry), `${name}[${at}]`).toBeLessThanOrEqual(tolerance * scale),
  );
}
