/** Moving averages inside the TensorFlow graph against their definition, and their places in the graph. */
import { describe, expect, test } from 'vitest';
import { lowerToTensorflow } from '../../../../src/compiler/lower/lower-program.ts';
import { elementCount } from '../../../../src/compiler/types/dtype.ts';
import type { ResidentAverages, Session, TensorValue } from '../../../../src/runtime/backends/backend.ts';
import { openTensorflow } from '../../../../src/runtime/backends/tensorflow/tensorflow-engine.ts';
import { stream } from '../../../../src/runtime/random.ts';
import { titled, withoutTensorflow } from './here.ts';
import { updateParameters, updateProgram, type UpdateProgramOptions } from './update-program.ts';

type Values = ReadonlyMap<string, Float32Array>;

const decay = 0.9;
const adamw = { kind: 'adamw', beta1: 0.9, beta2: 0.999, epsilon: 1e-8 } as const;
const sgd = { kind: 'sgd', momentum: 0, nesterov: false } as const;

function feedsOf(step: number, size = 1): Record<string, TensorValue> {
  const gradients = updateParameters.map(({ name, shape }): [string, TensorValue] => {
    const data = stream(step, name).fillNormal(new Float32Array(elementCount(shape)));
    return [`x ${name}`, { dtype: 'f32', shape, data: data.map((entry) => entry * size) }];
  });
  return { offset: { dtype: 'f32', shape: [], data: Float32Array.of(0) }, ...Object.fromEntries(gradients) };
}

function normals(word: string): Map<string, Float32Array> {
  return new Map(
    updateParameters.map(({ name, shape }) => [
      name,
      stream(7, `${word}:${name}`).fillNormal(new Float32Array(elementCount(shape))),
    ]),
  );
}

async function open(
  options: Partial<UpdateProgramOptions> = {},
): Promise<{ session: Session; kept: ResidentAverages }> {
  const program = updateProgram({ method: adamw, decay: 0.1, learningRate: 0.05, average: decay, ...options });
  const engine = await openTensorflow({ threads: 2 });
  const parameters = normals('start');
  const session = await engine.openSession?.({ program, artefacts: lowerToTensorflow(program), parameters });
  const kept = session?.averages?.('main');
  if (session === undefined || kept === undefined) throw new Error('the engine keeps no averages');
  return { session, kept };
}

/** In double precision, from the parameters that each step left. */
function follow(averages: Map<string, Float64Array>, parameters: Values): void {
  for (const [name, average] of averages)
    for (const [at, value] of (parameters.get(name) ?? []).entries())
      average[at] = decay * (average[at] ?? Number.NaN) + (1 - decay) * value;
}

function doubles(values: Values): Map<string, Float64Array> {
  return new Map([...values].map(([name, value]) => [name, Float64Array.from(value)]));
}

function expectClose(found: Values, expected: ReadonlyMap<string, Float64Array>): void {
  expect([...found.keys()]).toEqual([...expected.keys()]);
  for (const [name, value] of found)
    for (const [at, entry] of value.entries())
      expect(Math.abs(entry - (expected.get(name)?.[at] ?? Number.NaN)), `${name}[${at}]`).toBeLessThan(1e-6);
}

describe.skipIf(withoutTensorflow !== undefined)(titled('moving averages in TensorFlow'), () => {
  test.each([
    ['adamw', { method: adamw }],
    ['sgd with momentum, clipped', { method: { ...sgd, momentum: 0.9 }, clip: 0.5 }],
    ['lion over two batches', { method: { kind: 'lion', beta1: 0.9, beta2: 0.99 }, accumulate: 2 }],
  ] as const)('follow what %s leaves, clamped', async (_, options) => {
    const { session, kept } = await open(options);
    await kept.start(new Map());
    const averages = doubles(normals('start'));
    const of = 'accumulate' in options ? options.accumulate : 1;
    for (let update = 1; update <= 8; update++) {
      for (let at = 0; at < of; at++)
        await session.step('main', feedsOf(update * of + at), { update, rate: 1, ...(of === 1 ? {} : { micro: { at, of } }) }); // prettier-ignore
      follow(averages, await session.readParameters());
      expectClose(await kept.read(), averages);
    }
    await session.dispose();
  });

  test('go on from those they are given', async () => {
    const { session, kept } = await open();
    const given = normals('average');
    const { name: missing = '' } = updateParameters[1] ?? {};
    await kept.start(new Map([...given].filter(([name]) => name !== missing)));
    const averages = doubles(new Map([...given, [missing, normals('start').get(missing) ?? new Float32Array()]]));
    expectClose(await kept.read(), averages);
    await session.step('main', feedsOf(1), { update: 1, rate: 1 });
    follow(averages, await session.readParameters());
    expectClose(await kept.read(), averages);
    await session.dispose();
  });

  test('change places with the parameters and back, bit by bit, and a step goes on as if they had not', async () => {
    const [one, two] = [await open(), await open()];
    for (const { session, kept } of [one, two]) {
      await kept.start(new Map());
      await session.step('main', feedsOf(1), { update: 1, rate: 1 });
    }
    const [parameters, averages] = [await one.session.readParameters(), await one.kept.read()];
    expect(averages).not.toEqual(parameters);
    await one.kept.swap();
    expect(await one.session.readParameters()).toEqual(averages);
    expect(await one.kept.read()).toEqual(parameters);
    await one.kept.swap();
    expect(await one.session.readParameters()).toEqual(parameters);
    for (const { session } of [one, two]) await session.step('main', feedsOf(2), { update: 2, rate: 1 });
    expect(await one.session.readParameters()).toEqual(await two.session.readParameters());
    expect(await one.kept.read()).toEqual(await two.kept.read());
    const last = await one.kept.read();
    await one.kept.settle();
    expect(await one.session.readParameters()).toEqual(last);
    expect(await one.kept.read()).toEqual(last);
    // settled tensors are two: one changes without the other
    await one.session.writeParameters(parameters);
    expect(await one.kept.read()).toEqual(last);
    for (const { session } of [one, two]) await session.dispose();
  });

  test('begin at the first step where nobody began them', async () => {
    const { session, kept } = await open();
    const averages = doubles(normals('start'));
    await session.step('main', feedsOf(1), { update: 1, rate: 1 });
    follow(averages, await session.readParameters());
    expectClose(await kept.read(), averages);
    await session.dispose();
  });

  test.each([
    ['an infinite gradient', { 'x row': [1, Infinity, 0] }],
    ['a loss that is no number', { offset: [NaN] }],
  ])('stay as they were after %s', async (_, broken) => {
    const { session, kept } = await open({ clip: 1 });
    await kept.start(new Map());
    await session.step('main', feedsOf(1), { update: 1, rate: 1 });
    const before = await kept.read();
    const feeds = feedsOf(2);
    for (const [name, values] of Object.entries(broken)) {
      const feed = feeds[name];
      if (feed !== undefined) feeds[name] = { ...feed, data: Float32Array.from(values) };
    }
    await session.step('main', feeds, { update: 2, rate: 1 });
    expect(await kept.read()).toEqual(before);
    await session.step('main', feedsOf(3), { update: 2, rate: 1 });
    expect(await kept.read()).not.toEqual(before);
    await session.dispose();
  });

  test('are updated once where the squares of finite gradients overflow', async () => {
    const { session, kept } = await open({ method: sgd, clip: 1 });
    await kept.start(new Map());
    const averages = doubles(normals('start'));
    await session.step('main', feedsOf(1, 1e30), { update: 1, rate: 1 });
    const parameters = await session.readParameters();
    expect(parameters).not.toEqual(normals('start'));
    follow(averages, parameters);
    expectClose(await kept.read(), averages);
    await session.dispose();
  });
});
