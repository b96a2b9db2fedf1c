/** Updates inside the TensorFlow graph against their definition in double precision. */
import { describe, expect, test } from 'vitest';
import { lowerToTensorflow } from '../../../../src/compiler/lower/lower-program.ts';
import { slotsOf } from '../../../../src/compiler/program/optimiser-slots.ts';
import type { OptimiserMethod } from '../../../../src/compiler/program/optimiser.ts';
import { elementCount } from '../../../../src/compiler/types/dtype.ts';
import type { Session, TensorValue } from '../../../../src/runtime/backends/backend.ts';
import { openTensorflow } from '../../../../src/runtime/backends/tensorflow/tensorflow-engine.ts';
import { clampTensor, clipFactor, updateTensor } from '../../../../src/runtime/optimiser/method.ts';
import { stream } from '../../../../src/runtime/random.ts';
import { titled, withoutTensorflow } from './here.ts';
import { updateParameters, updateProgram, type UpdateProgramOptions } from './update-program.ts';

const methods: Readonly<Record<string, OptimiserMethod>> = {
  sgd: { kind: 'sgd', momentum: 0, nesterov: false },
  'sgd with momentum': { kind: 'sgd', momentum: 0.9, nesterov: false },
  'sgd after Nesterov': { kind: 'sgd', momentum: 0.9, nesterov: true },
  adam: { kind: 'adam', beta1: 0.9, beta2: 0.999, epsilon: 1e-8 },
  adamw: { kind: 'adamw', beta1: 0.9, beta2: 0.98, epsilon: 1e-6 },
  'adamw of BERT': { kind: 'adamw', beta1: 0.9, beta2: 0.98, epsilon: 1e-6, biasCorrection: false },
  rmsprop: { kind: 'rmsprop', alpha: 0.99, epsilon: 1e-8, momentum: 0 },
  'rmsprop with momentum': { kind: 'rmsprop', alpha: 0.9, epsilon: 1e-3, momentum: 0.5 },
  lion: { kind: 'lion', beta1: 0.9, beta2: 0.99 },
};

const rates = [0.25, 0.5, 1, 1, 0.75, 0.5];

function feedsOf(step: number, size = 1): Record<string, TensorValue> {
  const gradients = updateParameters.map(({ name, shape }): [string, TensorValue] => {
    const data = stream(step, name).fillNormal(new Float32Array(elementCount(shape)));
    return [`x ${name}`, { dtype: 'f32', shape, data: data.map((entry) => entry * size) }];
  });
  return { offset: { dtype: 'f32', shape: [], data: Float32Array.of(0) }, ...Object.fromEntries(gradients) };
}

const starts = new Map(
  updateParameters.map(({ name, shape }) => [
    name,
    stream(7, `start:${name}`).fillNormal(new Float32Array(elementCount(shape))),
  ]),
);

async function open(options: UpdateProgramOptions): Promise<Session> {
  const program = updateProgram(options);
  const engine = await openTensorflow({ threads: 2 });
  const session = await engine.openSession?.({ program, artefacts: lowerToTensorflow(program), parameters: starts });
  if (session === undefined) throw new Error('the engine opens no session');
  return session;
}

/** The same in double precision. */
function expected({ method, decay, clip, learningRate }: UpdateProgramOptions, size = 1): Map<string, Float64Array> {
  const values = new Map([...starts].map(([name, value]) => [name, Float64Array.from(value)]));
  const slots = new Map(
    [...values].map(([name, { length }]) => [
      name,
      Object.fromEntries(slotsOf(method).map((slot) => [slot, new Float64Array(length)])),
    ]),
  );
  for (const [at, rate] of rates.entries()) {
    const feeds = feedsOf(at + 1, size);
    const gradient = (name: string): Float64Array => Float64Array.from(feeds[`x ${name}`]?.data ?? []);
    const norm = Math.hypot(...updateParameters.flatMap(({ name }) => [...gradient(name)]));
    for (const { name, learningRateScale, decay: decays, clamp } of updateParameters) {
      const w = values.get(name) ?? new Float64Array();
      updateTensor(method, w, gradient(name), slots.get(name) ?? {}, {
        update: at + 1,
        learningRate: learningRate * rate * learningRateScale,
        decay: decays ? decay : 0,
        gradientScale: clipFactor(norm, clip),
      });
      if (clamp !== undefined) clampTensor(w, ...clamp);
    }
  }
  return values;
}

describe.skipIf(withoutTensorflow !== undefined)(titled('an update in TensorFlow'), () => {
  for (const [name, method] of Object.entries(methods)) {
    for (const decay of [0, 0.1]) {
      for (const clip of [undefined, 0.5]) {
        test(`is that of ${name}, decay ${decay}, ${clip === undefined ? 'not clipped' : `clipped at ${clip}`}`, async () => {
          const options = { method, decay, learningRate: 0.05, ...(clip === undefined ? {} : { clip }) };
          const session = await open(options);
          for (const [at, rate] of rates.entries()) {
            const { gradientNorm } = await session.step('main', feedsOf(at + 1), { update: at + 1, rate });
            const norm = Math.hypot(
              ...updateParameters.flatMap(({ name: it }) => [...(feedsOf(at + 1)[`x ${it}`]?.data ?? [])]),
            );
            expect(gradientNorm).toBeCloseTo(norm, 5);
          }
          const values = expected(options);
          for (const [tensor, value] of await session.readParameters()) {
            const reference = values.get(tensor) ?? new Float64Array();
            value.forEach((entry, at) =>
              expect(Math.abs(entry - (reference[at] ?? Number.NaN)), `${tensor}[${at}]`).toBeLessThan(2e-6),
            );
          }
          await session.dispose();
        });
      }
    }
  }

  test('goes on where the squares of finite gradients overflow', async () => {
    const options = {
      method: methods['sgd'] ?? { kind: 'sgd', momentum: 0, nesterov: false },
      decay: 0,
      clip: 1,
      learningRate: 0.1,
    } as const;
    const session = await open(options);
    for (const [at, rate] of rates.entries()) {
      const result = await session.step('main', feedsOf(at + 1, 1e30), { update: at + 1, rate });
      expect(result.nonfinite).toBeUndefined();
      expect(result.gradientNorm).toBeGreaterThan(1e30);
      expect(result.gradientNorm).toBeLessThan(1e32);
    }
    const values = expected(options, 1e30);
    for (const [tensor, value] of await session.readParameters()) {
      value.forEach((entry, at) => expect(entry).toBeCloseTo(values.get(tensor)?.[at] ?? Number.NaN, 5));
    }
    await session.dispose();
  });

  test.each([
    ['an infinite gradient', { 'x row': [1, Infinity, 0] }, ['row']],
    [
      'gradients that are no numbers',
      { 'x kernel': Array.from({ length: 35 }, () => NaN), 'x scale': [NaN] },
      ['kernel', 'scale'],
    ],
    ['a loss that is no number', { offset: [NaN] }, undefined],
  ])('leaves everything as it was after %s', async (_, broken, named) => {
    const session = await open({
      method: { kind: 'adamw', beta1: 0.9, beta2: 0.999, epsilon: 1e-8 },
      decay: 0.1,
      clip: 1,
      learningRate: 0.05,
    });
    await session.step('main', feedsOf(1), { update: 1, rate: 1 });
    const [parameters, slots] = [await session.readParameters(), await session.readSlots()];
    const feeds = { ...feedsOf(2) };
    for (const [name, values] of Object.entries(broken)) {
      const feed = feeds[name];
      if (feed !== undefined) feeds[name] = { ...feed, data: Float32Array.from(values) };
    }
    const result = await session.step('main', feeds, { update: 2, rate: 1 });
    expect(result.nonfinite).toEqual(named);
    expect(await session.readParameters()).toEqual(parameters);
    expect(await session.readSlots()).toEqual(slots);
    await session.step('main', feedsOf(3), { update: 2, rate: 1 });
    expect(await session.readParameters()).not.toEqual(parameters);
    await session.dispose();
  });
});
