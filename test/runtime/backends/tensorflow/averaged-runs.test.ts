/** Whole runs in TensorFlow with moving averages and accumulated gradients: interrupted, begun or ended on another engine, and what they read. */
import { describe, expect, test } from 'vitest';
import type { Engine } from '../../../../src/runtime/backends/backend.ts';
import { openTensorflow } from '../../../../src/runtime/backends/tensorflow/tensorflow-engine.ts';
import { readCheckpoint } from '../../../../src/runtime/checkpoint.ts';
import { readEvents } from '../../../../src/runtime/event-log.ts';
import type { RunEvent } from '../../../../src/runtime/events.ts';
import { runPaths } from '../../../../src/runtime/records/run-folder.ts';
import { only, runTiny, temporaryFolder, type TinyRun } from '../../support/run-tiny.ts';
import { titled, withoutTensorflow } from './here.ts';

const backend = 'tensorflow';
const settings = { average: 0.9, accumulate: 2, batch: 4 } as const;

/** What the events say, without times. */
function numbers(events: readonly RunEvent[]): unknown[] {
  return events.flatMap((event): unknown[] => {
    if (event.event === 'step') return [[event.stage, event.step, event.total, event.terms, event.gradientNorm]];
    return event.event === 'eval' ? [[event.evaluation, event.step, event.metrics]] : [];
  });
}

async function stateOf({ folder }: TinyRun) {
  const checkpoint = await readCheckpoint(runPaths(folder).checkpoint);
  return { parameters: new Map(checkpoint?.parameters), slots: new Map(checkpoint?.slots) };
}

/** Relative to the largest of a tensor. */
function expectAllClose(
  found: ReadonlyMap<string, Float32Array>,
  expected: ReadonlyMap<string, Float32Array>,
  tolerance: number,
): void {
  expect([...found.keys()].sort()).toEqual([...expected.keys()].sort());
  for (const [name, value] of expected) {
    const scale = value.reduce((largest, entry) => Math.max(largest, Math.abs(entry)), 0);
    for (const [at, entry] of value.entries())
      expect(Math.abs((found.get(name)?.[at] ?? Number.NaN) - entry), `${name}[${at}]`).toBeLessThanOrEqual(tolerance * scale); // prettier-ignore
  }
}

/** TensorFlow, with a note of what its session is asked for. */
async function watchedEngine(asked: string[]): Promise<Engine> {
  const engine = await openTensorflow({ threads: 2 });
  return {
    ...engine,
    openSession: async (request) => {
      const session = await engine.openSession?.(request);
      if (session === undefined) throw new Error('the engine opens no session');
      return {
        ...session,
        async call(id, feeds) {
          asked.push(id);
          return session.call(id, feeds);
        },
        async step(stage, feeds, scalars) {
          asked.push('step');
          return session.step(stage, feeds, scalars);
        },
        async readParameters(names) {
          asked.push('read');
          return session.readParameters(names);
        },
        async writeParameters(values) {
          asked.push('write');
          return session.writeParameters(values);
        },
      };
    },
  };
}

describe.skipIf(withoutTensorflow !== undefined)(titled('averages and accumulated gradients in TensorFlow'), () => {
  test.each([
    ['averages', { average: 0.9 }],
    ['accumulated gradients', { accumulate: 2, batch: 4 }],
    ['both', settings],
  ])('a run with %s agrees with onnxruntime', async (_, options) => {
    const [ours, theirs] = [
      await runTiny({ root: temporaryFolder(), backend, stages: 3, ...options }),
      await runTiny({ root: temporaryFolder(), backend: 'onnxruntime-node', stages: 3, ...options }),
    ];
    expect(ours.outcome).toMatchObject({ status: 'complete' });
    const [a, b] = [await stateOf(ours), await stateOf(theirs)];
    expectAllClose(a.parameters, b.parameters, 2e-5);
    expectAllClose(a.slots, b.slots, 2e-4);
    const values = ({ events }: TinyRun): number[] => [
      ...only(events, 'step').map(({ total }) => total ?? Number.NaN),
      ...only(events, 'eval').flatMap(({ metrics }) => metrics.map(({ value }) => value ?? Number.NaN)),
    ];
    const expected = values(theirs);
    expect(expected.length).toBeGreaterThan(20);
    for (const [at, value] of values(ours).entries()) expect(value).toBeCloseTo(expected[at] ?? Number.NaN, 5);
  });

  test.each([
    ['averages, in the middle of an epoch', { average: 0.9 }, 7],
    ['averages, in a stage without data', { average: 0.9 }, 17],
    ['accumulated gradients', { accumulate: 2, batch: 4 }, 7],
    ['both, between two stages', settings, 10],
  ])('goes on with %s as if it had never stopped', async (_, options, stopAfter) => {
    const whole = await runTiny({ root: temporaryFolder(), backend, stages: 3, epochs: 2, ...options });
    const root = temporaryFolder();
    const begun = await runTiny({ root, backend, stages: 3, epochs: 2, ...options, stopAfter });
    expect(begun.outcome.status).toBe('interrupted');
    const rest = await runTiny({ root, backend, stages: 3, epochs: 2, ...options, resume: begun.folder });
    expect(rest.outcome.status).toBe('complete');
    expect(numbers(readEvents(runPaths(begun.folder).events))).toEqual(numbers(whole.events));
    expect(await stateOf(rest)).toEqual(await stateOf(whole));
  });

  test.each([
    ['onnxruntime-node', 'tensorflow'],
    ['tensorflow', 'onnxruntime-node'],
  ] as const)('a checkpoint of %s goes on in %s', async (first, second) => {
    const whole = await runTiny({ root: temporaryFolder(), backend: first, ...settings });
    const root = temporaryFolder();
    const begun = await runTiny({ root, backend: first, ...settings, stopAfter: 7 });
    expect([...(await stateOf(begun)).slots.keys()].filter((name) => name.endsWith('/average')).sort()).toEqual([
      'head.b1/average',
      'head.w1/average',
      'head.w2/average',
    ]);
    const rest = await runTiny({ root, backend: second, ...settings, resume: begun.folder });
    expect(rest.outcome.status).toBe('complete');
    const [a, b] = [await stateOf(whole), await stateOf(rest)];
    expectAllClose(b.parameters, a.parameters, 2e-5);
    expectAllClose(b.slots, a.slots, 2e-4);
  });

  test('nothing is read or written between steps but where an evaluation selects', async () => {
    const asked: string[] = [];
    const { outcome } = await runTiny({
      root: temporaryFolder(),
      backend,
      ...settings,
      host: { openEngine: () => watchedEngine(asked) },
    });
    expect(outcome.status).toBe('complete');
    const steps = asked.flatMap((what, at) => (what === 'step' ? [at] : []));
    expect(steps).toHaveLength(2 * outcome.steps);
    const between = steps.slice(1).map((at, index) => asked.slice((steps[index] ?? 0) + 1, at));
    expect(between.filter((things) => things.length === 0).length).toBeGreaterThan(outcome.steps);
    for (const things of between) {
      expect(things).not.toContain('write');
      if (things.includes('read')) expect(things).toContain('main/val/metrics');
    }
  });
});
