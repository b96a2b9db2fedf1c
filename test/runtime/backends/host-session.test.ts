import { describe, expect, test } from 'vitest';
import type { OptimiserMethod } from '../../../src/compiler/program/optimiser.ts';
import type { Program } from '../../../src/compiler/program/program.ts';
import { openHostSession } from '../../../src/runtime/backends/host-session.ts';
import { openReference } from '../../../src/runtime/backends/reference.ts';
import type { Session, TensorValue } from '../../../src/runtime/backends/backend.ts';
import { slotsOf } from '../../../src/compiler/program/optimiser-slots.ts';
import { clampTensor, clipFactor, updateTensor } from '../../../src/runtime/optimiser/method.ts';
import { initialiseParameters } from '../../../src/runtime/weights/initialise.ts';
import { tinyProgram } from '../support/tiny-experiment.ts';
import { expectEmptySlots, expectGivenBack, tinyBatch, tinyFeeds } from '../support/tiny-session.ts';

function open(program: Program, limit?: number): Promise<Session> {
  const parameters = initialiseParameters(program.parameters, 1, '.');
  return openHostSession(openReference(), { program, artefacts: new Map(), parameters }, limit);
}

/** The same steps from the definitions: gradients by the engine, the update by `method.ts` in single precision. */
async function expected(program: Program, steps: number): Promise<Map<string, Float32Array>> {
  const [stage] = program.stages;
  const [group] = stage?.groups ?? [];
  if (stage === undefined || group === undefined) throw new Error('no stage');
  const values = initialiseParameters(program.parameters, 1, '.');
  const executable = await openReference().load(stage.step, undefined);
  const slots = new Map(stage.trainable.map((name) => [name, Object.fromEntries(slotsOf(group.method).map((slot) => [slot, new Float32Array(values.get(name)?.length ?? 0)]))])); // prettier-ignore
  for (let step = 1; step <= steps; step++) {
    const parameterFeeds = Object.entries(stage.step.inputs).flatMap(([input, source]): [string, TensorValue][] => {
      if (source.kind !== 'parameter') return [];
      const shape = program.parameters.find(({ name }) => name === source.name)?.shape ?? [];
      return [[input, { dtype: 'f32', shape, data: values.get(source.name) ?? new Float32Array() }]];
    });
    const results = await executable.run({ ...tinyFeeds(step), ...Object.fromEntries(parameterFeeds) });
    const gradients = new Map<string, Float32Array>();
    for (const [output, source] of Object.entries(stage.step.outputs)) {
      const data = results[output]?.data;
      if (source.kind === 'gradient' && data instanceof Float32Array) gradients.set(source.parameter, data);
    }
    const norm = Math.sqrt([...gradients.values()].flatMap((it) => [...it]).reduce((sum, g) => sum + g * g, 0));
    for (const parameter of program.parameters) {
      const [w, g] = [values.get(parameter.name), gradients.get(parameter.name)];
      if (w === undefined || g === undefined) continue;
      updateTensor(group.method, w, g, slots.get(parameter.name) ?? {}, {
        update: step,
        learningRate: group.learningRate * 0.5 * parameter.learningRateScale,
        decay: parameter.decay ? group.decay : 0,
        gradientScale: clipFactor(norm, stage.clipGradient),
      });
      if (parameter.clamp !== undefined) clampTensor(w, ...parameter.clamp);
    }
    const running = results['running_next']?.data;
    if (running instanceof Float32Array) values.set('head.running', running);
  }
  return values;
}

const methods: readonly OptimiserMethod[] = [
  { kind: 'sgd', momentum: 0, nesterov: false },
  { kind: 'sgd', momentum: 0.9, nesterov: true },
  { kind: 'adamw', beta1: 0.9, beta2: 0.98, epsilon: 1e-6 },
  { kind: 'rmsprop', alpha: 0.9, epsilon: 1e-8, momentum: 0.5 },
  { kind: 'lion', beta1: 0.9, beta2: 0.99 },
];

describe('a step', () => {
  test.each(methods)('updates as the definition says: $kind', async (method) => {
    const program = tinyProgram({ method, learningRate: 0.05 });
    const session = await open(program);
    for (let update = 1; update <= 4; update++) await session.step('main', tinyFeeds(update), { update, rate: 0.5 });
    const values = await expected(program, 4);
    for (const [name, value] of await session.readParameters()) {
      // The norm is added in another order: its last digit may differ, and with it the clipped gradient's.
      const reference = values.get(name) ?? new Float32Array();
      value.forEach((entry, index) => expect(Math.abs(entry - (reference[index] ?? NaN)), name).toBeLessThan(1e-6));
    }
  });

  test('gives the same in several small memories as in one', async () => {
    const program = tinyProgram();
    // Each memory takes one tensor: the gradient window alone is more than this.
    const [one, several] = [await open(program), await open(program, 1)];
    for (const session of [one, several]) {
      for (let update = 1; update <= 3; update++) await session.step('main', tinyFeeds(update), { update, rate: 1 });
    }
    expect(await several.readParameters()).toEqual(await one.readParameters());
    expect(await several.readSlots()).toEqual(await one.readSlots());
  });

  test('leaves everything as it was where a gradient is not finite, and names it', async () => {
    const session = await open(tinyProgram());
    await session.step('main', tinyFeeds(1), { update: 1, rate: 1 });
    const [parameters, slots] = [await session.readParameters(), await session.readSlots()];
    const broken = {
      ...tinyFeeds(2),
      y: { dtype: 'f32', shape: [tinyBatch, 2], data: new Float32Array(tinyBatch * 2).fill(NaN) },
    } as const;
    const result = await session.step('main', broken, { update: 2, rate: 1 });
    expect(result.nonfinite).toEqual(['head.w1', 'head.b1', 'head.w2']);
    expect(await session.readParameters()).toEqual(parameters);
    expect(await session.readSlots()).toEqual(slots);
  });
});

test('parameters and slots are read as copies and written back', async () => {
  const session = await open(tinyProgram());
  await expectGivenBack(session);
});

test('a second stage starts with empty slots', () => expectEmptySlots(open));
