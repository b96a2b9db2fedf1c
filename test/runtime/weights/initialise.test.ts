import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Initialisation, ParameterTensor } from '../../../src/compiler/program/parameter.ts';
import { initialiseParameters } from '../../../src/runtime/weights/initialise.ts';
import { writeSafetensors } from '../../../src/runtime/weights/safetensors.ts';
import { temporaryFolder } from '../support/run-tiny.ts';

function parameter(name: string, shape: readonly number[], init: Initialisation): ParameterTensor {
  return {
    name,
    owner: 'm',
    shape,
    role: 'weight',
    state: 'trainable',
    init,
    learningRateScale: 1,
    decay: true,
    decidedAt: 'x:1',
  };
}

function fromFile(name: string, shape: readonly number[], tensor: string, path = 'weights/tiny'): ParameterTensor {
  return parameter(name, shape, { kind: 'file', path, tensor });
}

test('each tensor has a stream of its own: another parameter before it changes nothing', () => {
  const normal = { kind: 'normal', mean: 1, deviation: 0.5 } as const;
  const [a, b] = [parameter('a', [100, 100], normal), parameter('b', [100, 100], normal)];
  const alone = initialiseParameters([b], 1, '.').get('b');
  const both = initialiseParameters([a, b], 1, '.');
  expect(both.get('b')).toEqual(alone);
  expect(both.get('a')).not.toEqual(alone);
  expect(initialiseParameters([b], 2, '.').get('b')).not.toEqual(alone);
  const values = [...(alone ?? [])];
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const deviation = Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length);
  expect(mean).toBeCloseTo(1, 1);
  expect(deviation).toBeCloseTo(0.5, 1);
});

test('constants, values and uniform ranges', () => {
  const values = initialiseParameters(
    [
      parameter('c', [2], { kind: 'constant', value: 3 }),
      parameter('v', [2, 1], { kind: 'values', values: [0.5, -1] }),
      parameter('u', [1000], { kind: 'uniform', low: -2, high: 4 }),
    ],
    1,
    '.',
  );
  expect(values.get('c')).toEqual(Float32Array.of(3, 3));
  expect(values.get('v')).toEqual(Float32Array.of(0.5, -1));
  const uniform = values.get('u') ?? new Float32Array();
  expect(Math.min(...uniform)).toBeGreaterThanOrEqual(-2);
  expect(Math.max(...uniform)).toBeLessThan(4);
  expect(Math.max(...uniform) - Math.min(...uniform)).toBeGreaterThan(5.9);
});

test('values in an order that is drawn once, of the seed and the name', () => {
  const values = Array.from({ length: 40 }, (_, at) => at / 2);
  const start = (name: string, seed: number): number[] =>
    [...(initialiseParameters([parameter(name, [40], { kind: 'values', values, shuffled: true })], seed, '.').get(name) ?? [])]; // prettier-ignore
  expect(start('v', 1)).not.toEqual(values);
  expect([...start('v', 1)].sort((a, b) => a - b)).toEqual(values);
  expect(start('v', 1)).toEqual(start('v', 1));
  expect(start('v', 2)).not.toEqual(start('v', 1));
  expect(start('w', 1)).not.toEqual(start('v', 1));
});

test('a folder with weights.safetensors, a file, and both faults of a file in one error', () => {
  const root = temporaryFolder();
  mkdirSync(join(root, 'weights/tiny'), { recursive: true });
  writeSafetensors(
    join(root, 'weights/tiny/weights.safetensors'),
    new Map([['w', { shape: [2], data: Float32Array.of(1, 2), dtype: 'F16' }]]),
  );
  expect(initialiseParameters([fromFile('x', [2], 'w')], 1, root).get('x')).toEqual(Float32Array.of(1, 2));
  const direct = join(root, 'weights/tiny/weights.safetensors');
  expect(initialiseParameters([fromFile('x', [2], 'w', direct)], 1, '/nowhere').get('x')).toEqual(
    Float32Array.of(1, 2),
  );
  expect(() => initialiseParameters([fromFile('x', [3], 'w'), fromFile('y', [2], 'v')], 1, root)).toThrow(
    /`w` is \[2\], expected \[3\]\n {2}`v` is missing/,
  );
  expect(() => initialiseParameters([fromFile('x', [2], 'w', 'weights/none')], 1, root)).toThrow(
    /weights.none cannot be opened/,
  );
});
