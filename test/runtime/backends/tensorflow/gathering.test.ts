/** Gradients accumulated inside the TensorFlow graph, beside the session that keeps them in memory of this process. */
import { describe, expect, test } from 'vitest';
import { lowerToTensorflow } from '../../../../src/compiler/lower/lower-program.ts';
import { elementCount } from '../../../../src/compiler/types/dtype.ts';
import type { Session, StepResult, TensorValue } from '../../../../src/runtime/backends/backend.ts';
import { openHostSession } from '../../../../src/runtime/backends/host-session.ts';
import { openReference } from '../../../../src/runtime/backends/reference.ts';
import { openTensorflow } from '../../../../src/runtime/backends/tensorflow/tensorflow-engine.ts';
import { stream } from '../../../../src/runtime/random.ts';
import { titled, withoutTensorflow } from './here.ts';
import { updateParameters, updateProgram, type UpdateProgramOptions } from './update-program.ts';

const of = 3;
const adamw = { kind: 'adamw', beta1: 0.9, beta2: 0.999, epsilon: 1e-8 } as const;
const sgd = { kind: 'sgd', momentum: 0.9, nesterov: true } as const;

type Feeds = Record<string, TensorValue>;

function feedsOf(batch: number, size = 1): Feeds {
  const gradients = updateParameters.map(({ name, shape }): [string, TensorValue] => {
    const data = stream(batch, name).fillNormal(new Float32Array(elementCount(shape)));
    return [`x ${name}`, { dtype: 'f32', shape, data: data.map((entry) => entry * size) }];
  });
  return { offset: { dtype: 'f32', shape: [], data: Float32Array.of(batch) }, ...Object.fromEntries(gradients) };
}

function withValues(feeds: Feeds, name: string, values: readonly number[]): Feeds {
  const feed = feeds[name];
  if (feed === undefined) throw new Error(`no ${name}`);
  return { ...feeds, [name]: { ...feed, data: Float32Array.from(values) } };
}

/** TensorFlow, and host-session over the reference. */
async function openBoth(options: Partial<UpdateProgramOptions>): Promise<readonly [Session, Session]> {
  const program = updateProgram({
    method: adamw,
    decay: 0.1,
    clip: 0.5,
    learningRate: 0.05,
    accumulate: of,
    ...options,
  });
  const parameters = new Map(
    updateParameters.map(({ name, shape }) => [
      name,
      stream(7, `start:${name}`).fillNormal(new Float32Array(elementCount(shape))),
    ]),
  );
  const engine = await openTensorflow({ threads: 2 });
  const ours = await engine.openSession?.({ program, artefacts: lowerToTensorflow(program), parameters });
  if (ours === undefined) throw new Error('the engine opens no session');
  return [ours, await openHostSession(openReference(), { program, artefacts: new Map(), parameters })];
}

async function update(session: Session, number: number, batches: readonly Feeds[]): Promise<StepResult[]> {
  const results: StepResult[] = [];
  for (const [at, feeds] of batches.entries())
    results.push(await session.step('main', feeds, { update: number, rate: 1, micro: { at, of } }));
  return results;
}

function batchesOf(number: number, size = 1): Feeds[] {
  return Array.from({ length: of }, (_, at) => feedsOf(number * of + at, size));
}

async function expectEqual(ours: Session, theirs: Session): Promise<void> {
  for (const [found, expected] of [
    [await ours.readParameters(), await theirs.readParameters()],
    [await ours.readSlots(), await theirs.readSlots()],
  ] as const) {
    expect([...found.keys()].sort()).toEqual([...expected.keys()].sort());
    for (const [name, value] of expected)
      for (const [at, entry] of value.entries()) expect(found.get(name)?.[at], `${name}[${at}]`).toBeCloseTo(entry, 5);
  }
}

describe.skipIf(withoutTensorflow !== undefined)(titled('accumulated gradients in TensorFlow'), () => {
  test.each([
    ['adamw', { method: adamw }],
    ['sgd without a limit', { method: sgd, clip: 1e9 }],
    ['sgd where squares overflow', { method: sgd, clip: 1, size: 1e30 }],
  ] as const)(
    'update as those kept outside: %s',
    async (_, { size, ...options }: Partial<UpdateProgramOptions> & { size?: number }) => {
      // prettier-ignore
      const [ours, theirs] = await openBoth(options);
      for (let number = 1; number <= 4; number++) {
        const before = await ours.readParameters();
        const batches = batchesOf(number, size);
        const [found, expected] = [await update(ours, number, batches), await update(theirs, number, batches)];
        expect(await ours.readParameters()).not.toEqual(before);
        for (const [at, { outputs, gradientNorm, nonfinite }] of found.entries()) {
          const other = expected[at];
          const [total = Number.NaN] = other?.outputs['total']?.data ?? [];
          expect((outputs['total']?.data[0] ?? Number.NaN) / total).toBeCloseTo(1, 4);
          expect(nonfinite).toBeUndefined();
          if (at === of - 1) expect(gradientNorm / (other?.gradientNorm ?? Number.NaN)).toBeCloseTo(1, 5);
        }
        await expectEqual(ours, theirs);
      }
      for (const session of [ours, theirs]) await session.dispose();
    },
  );

  test('change nothing before the last batch', async () => {
    const [ours] = await openBoth({});
    const before = await ours.readParameters();
    for (const at of [0, 1]) {
      await ours.step('main', feedsOf(at), { update: 1, rate: 1, micro: { at, of } });
      expect(await ours.readParameters()).toEqual(before);
    }
    await ours.step('main', feedsOf(2), { update: 1, rate: 1, micro: { at: 2, of } });
    expect(await ours.readParameters()).not.toEqual(before);
    await ours.dispose();
  });

  test.each([
    ['a gradient of the first batch', 0, 'x row', [1, Infinity, 0], ['row']],
    ['a gradient of the last batch', of - 1, 'x row', [1, NaN, 0], ['row']],
    ['a loss of the first batch', 0, 'offset', [NaN], undefined],
    ['a loss of the last batch', of - 1, 'offset', [Infinity], undefined],
  ] as const)('update nothing where %s is not finite, and begin anew', async (_, place, name, values, named) => {
    const [ours, theirs] = await openBoth({});
    for (const session of [ours, theirs]) {
      await update(session, 1, batchesOf(1));
      const [parameters, slots] = [await session.readParameters(), await session.readSlots()];
      const broken = batchesOf(2).map((feeds, at) => (at === place ? withValues(feeds, name, values) : feeds));
      expect((await update(session, 2, broken)).at(-1)?.nonfinite).toEqual(named);
      expect(await session.readParameters()).toEqual(parameters);
      expect(await session.readSlots()).toEqual(slots);
      await update(session, 2, batchesOf(3));
      expect(await session.readParameters()).not.toEqual(parameters);
    }
    await expectEqual(ours, theirs);
    for (const session of [ours, theirs]) await session.dispose();
  });
});
