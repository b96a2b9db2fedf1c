import { beforeAll, describe, expect, test } from 'vitest';
import type { OptimiserMethod } from '../../src/compiler/program/optimiser.ts';
import type { Schedule } from '../../src/compiler/program/schedule.ts';
import { slotsOf } from '../../src/compiler/program/optimiser-slots.ts';
import { randomTensor } from '../../src/runtime/feeds.ts';
import { clampTensor, updateTensor } from '../../src/runtime/optimiser/method.ts';
import { stream } from '../../src/runtime/random.ts';
import { rateAt } from '../../src/runtime/schedule.ts';
import { findPython, runPython } from './support/python.ts';

const python = findPython();

/** What a script of Python prints as JSON; `given` is its variable of that name. */
function fromPython(given: unknown, script: string): unknown {
  const words = ['-c', `import json, sys\ngiven = json.loads(sys.argv[1])\n${script}`, JSON.stringify(given)];
  return JSON.parse(runPython(python ?? '', words));
}

const names = ['init:E.stem.weight', 'shuffle:pairs', 'draw:pairs.caption', 'augment:view', 'ü·名'];

describe.skipIf(python === undefined)('numbers drawn in Python are those that clipx draws', () => {
  test('words, uniforms, integers and permutations, bit for bit', () => {
    const asked = names.flatMap((name) => [1, 2 ** 31 + 5].map((seed) => ({ seed, name })));
    const at = [0, 1, 5, 4095, 2 ** 32 + 3, 2 ** 40 + 1];
    const found = fromPython(
      { asked, at },
      `
from pytorch.runtime.philox import Stream
told = []
for one in given["asked"]:
    s = Stream(one["seed"], one["name"])
    told.append({
        "words": [s.uint32(i) for i in given["at"]],
        "uniforms": [s.uniform(i) for i in given["at"]],
        "integers": [s.integer(bound, i) for i in given["at"] for bound in (1, 7, 100000)],
        "orders": [s.permutation(n, epoch).tolist() for n in (1, 2, 97) for epoch in (0, 3)],
    })
print(json.dumps(told))`,
    );
    const expected = asked.map(({ seed, name }) => {
      const random = stream(seed, name);
      return {
        words: at.map((index) => random.uint32(index)),
        uniforms: at.map((index) => random.uniform(index)),
        integers: at.flatMap((index) => [1, 7, 100000].map((bound) => random.integer(bound, index))),
        orders: [1, 2, 97].flatMap((n) => [0, 3].map((epoch) => Array.from(random.permutation(n, epoch)))),
      };
    });
    expect(found).toEqual(expected);
  });

  test('tensors of draws, at any counter; normal numbers to the last bit of float32 but for a rounding in ten thousand', () => {
    const draws = [
      { kind: 'uniform', low: -2, high: 3 },
      { kind: 'bernoulli', keep: 0.9 },
      { kind: 'permutation' },
      { kind: 'normal' },
    ] as const;
    const shapes = [[5, 7], [4, 6], [3000]];
    const asked = draws.flatMap((distribution) => shapes.flatMap((shape) => [0, 3].map((counter) => ({ distribution, shape, counter })))); // prettier-ignore
    const found = fromPython(
      asked,
      `
from pytorch.runtime.feeds import drawn
from pytorch.runtime.philox import Stream
print(json.dumps([drawn(Stream(3, "dropout:x"), one["distribution"], one["shape"], one["counter"]).reshape(-1).tolist() for one in given]))`,
    ) as readonly (readonly number[])[];
    asked.forEach(({ distribution, shape, counter }, index) => {
      const { data } = randomTensor(stream(3, 'dropout:x'), distribution, shape, counter);
      const other = found[index] ?? [];
      const differing = Array.from(data).filter((value, at) => !Object.is(value, other[at])).length;
      expect(other).toHaveLength(data.length);
      expect(differing).toBeLessThanOrEqual(distribution.kind === 'normal' ? data.length / 10_000 : 0);
      expect(Math.max(...Array.from(data, (value, at) => Math.abs(value - (other[at] ?? NaN))))).toBeLessThan(1e-6);
    });
  });
});

describe.skipIf(python === undefined)('learning rates of Python', () => {
  const still = { warmup: { value: 0, unit: 'step' }, floor: 0 } as const;
  const schedules: readonly Schedule[] = [
    { ...still, kind: 'constant' },
    { kind: 'cosine', warmup: { value: 1, unit: 'epoch' }, floor: 0.02 },
    { kind: 'linear', warmup: { value: 0.1, unit: 'share' }, floor: 0.1, from: 0.2 },
    { ...still, kind: 'polynomial', power: 2, floor: 0.01 },
    { ...still, kind: 'exponential', factor: 0.7, by: 'epoch' },
    { ...still, kind: 'exponential', factor: 0.9, every: { value: 3, unit: 'step' } },
    { ...still, kind: 'multistep', factor: 0.1, at: [{ value: 1, unit: 'epoch' }, { value: 20, unit: 'step' }] },
    { ...still, kind: 'one_cycle', from: 0.04, rise: 0.3 },
    { ...still, kind: 'one_cycle', from: 0.04, rise: 0.3, shape: 'linear', phases: 3 },
    { ...still, kind: 'cosine_restarts', period: { value: 7, unit: 'step' }, grow: 2, floor: 0.1 },
  ]; // prettier-ignore

  test.each(schedules)('$kind', (schedule) => {
    const [steps, perEpoch] = [30, 10];
    const found = fromPython(
      { schedule, steps, perEpoch },
      `
from pytorch.runtime.schedules import rate_at
print(json.dumps([rate_at(given["schedule"], step, given["steps"], given["perEpoch"]) for step in range(given["steps"])]))`,
    ) as readonly number[];
    for (let step = 0; step < steps; step++)
      expect(Math.abs((found[step] ?? NaN) - rateAt(schedule, step, steps, perEpoch))).toBeLessThan(1e-14);
  });
});

describe.skipIf(python === undefined)('five updates by the optimisers of the package', () => {
  const methods: readonly OptimiserMethod[] = [
    { kind: 'sgd', momentum: 0, nesterov: false },
    { kind: 'sgd', momentum: 0.9, nesterov: false },
    { kind: 'sgd', momentum: 0.9, nesterov: true },
    { kind: 'adam', beta1: 0.9, beta2: 0.999, epsilon: 1e-8 },
    { kind: 'adamw', beta1: 0.9, beta2: 0.98, epsilon: 1e-6 },
    { kind: 'adamw', beta1: 0.9, beta2: 0.98, epsilon: 1e-6, biasCorrection: false },
    { kind: 'adam', beta1: 0.9, beta2: 0.98, epsilon: 1e-6, biasCorrection: false },
    { kind: 'rmsprop', alpha: 0.9, epsilon: 1e-8, momentum: 0 },
    { kind: 'rmsprop', alpha: 0.9, epsilon: 1e-8, momentum: 0.9 },
    { kind: 'lion', beta1: 0.9, beta2: 0.99 },
  ];
  const count = 64;
  const updates = 5;
  const numbers = (name: string): number[] => Array.from(stream(1, name).fillNormal(new Float32Array(count)));

  const start = { a: numbers('a'), b: numbers('b') };
  const gradients = Array.from({ length: updates }, (_, update) => ({ a: numbers(`a${update}`), b: numbers(`b${update}`) })); // prettier-ignore
  const parameters = [
    { name: 'a', shape: [count], learningRateScale: 1, decay: true, clamp: [-1, 1.5] },
    { name: 'b', shape: [count], learningRateScale: 0.1, decay: false },
  ] as const;
  const rates = [0.5, 1, 0.7, 0.3, 0.1];
  let updated: readonly { values: Record<'a' | 'b', number[]>; slots: Record<string, number[]> }[] = [];

  // all in one process: to load PyTorch takes longer than all updates
  beforeAll(() => {
    const stages = methods.map((method) => ({
      trainable: ['a', 'b'],
      groups: [{ parameters: ['a', 'b'], method, learningRate: 0.01, decay: 0.1 }],
    }));
    updated = fromPython(
      { start, gradients, stages, program: { parameters }, rates },
      `
import torch
from pytorch.runtime.optimisers import StageOptimisers, clip_gradients, gradient_norm
told = []
for stage in given["stages"]:
    tensors = {name: torch.nn.Parameter(torch.tensor(value)) for name, value in given["start"].items()}
    optimisers = StageOptimisers(given["program"], stage, tensors)
    for gradient, rate in zip(given["gradients"], given["rates"]):
        for name, value in gradient.items():
            tensors[name].grad = torch.tensor(value)
        clip_gradients(optimisers.tensors, gradient_norm(optimisers.tensors), 4.0)
        optimisers.step(rate)
    told.append({
        "values": {name: value.tolist() for name, value in tensors.items()},
        "slots": {name: value.tolist() for name, value in optimisers.slots().items()},
    })
print(json.dumps(told))`,
    ) as typeof updated;
  });

  test.each(methods.map((method, at) => [JSON.stringify(method), method, at] as const))('%s', (_, method, at) => {
    const found = updated[at];
    if (found === undefined) throw new Error('nothing was updated');
    const values = { a: Float32Array.from(start.a), b: Float32Array.from(start.b) };
    const slots = Object.fromEntries(['a', 'b'].map((name) => [name, Object.fromEntries(slotsOf(method).map((slot) => [slot, new Float32Array(count)]))])); // prettier-ignore
    for (const [update, gradient] of gradients.entries()) {
      const norm = Math.sqrt([...gradient.a, ...gradient.b].reduce((sum, each) => sum + each * each, 0));
      for (const { name, learningRateScale, decay } of parameters) {
        const scalars = {
          learningRate: 0.01 * learningRateScale * (rates[update] ?? 1),
          decay: decay ? 0.1 : 0,
          update: update + 1,
          gradientScale: Math.min(1, 4 / (norm + 1e-6)),
        };
        updateTensor(method, values[name], Float32Array.from(gradient[name]), slots[name] ?? {}, scalars);
      }
      clampTensor(values.a, -1, 1.5);
    }
    const off = (ours: Float32Array, theirs: readonly number[] | undefined): number =>
      Math.max(...Array.from(ours, (value, at) => Math.abs(value - (theirs?.[at] ?? NaN))));
    expect(off(values.a, found.values.a)).toBeLessThan(2e-6);
    expect(off(values.b, found.values.b)).toBeLessThan(2e-6);
    for (const name of ['a', 'b'])
      for (const [slot, ours] of Object.entries(slots[name] ?? {})) expect(off(ours, found.slots[`${name}/${slot}`])).toBeLessThan(2e-6); // prettier-ignore
  });
});
