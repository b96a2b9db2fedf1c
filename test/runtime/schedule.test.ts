import { expect, test } from 'vitest';
import { oracle } from '../support/oracles.ts';
import { durationInSteps, rateAt, weightAt } from '../../src/runtime/schedule.ts';

test('warm-up in epochs ends at the base rate in its last step, then the cosine falls to its floor', () => {
  const schedule = { kind: 'cosine', warmup: { value: 0.5, unit: 'epoch' }, floor: 0.1 } as const;
  const rates = Array.from({ length: 41 }, (_, step) => rateAt(schedule, step, 40, 20));
  expect(rates[0]).toBeCloseTo(0.1, 12);
  expect(rates[9]).toBe(1);
  expect(rates[10]).toBe(1);
  expect(rates[25]).toBeCloseTo(0.55, 12);
  expect(rates[40]).toBeCloseTo(0.1, 12);
  for (let step = 11; step <= 40; step++) expect(rates[step] ?? NaN).toBeLessThan(rates[step - 1] ?? NaN);
});

test('constant and linear', () => {
  const none = { value: 0, unit: 'step' } as const;
  expect(rateAt({ kind: 'constant', warmup: none, floor: 0 }, 7, 10, 5)).toBe(1);
  expect(rateAt({ kind: 'linear', warmup: none, floor: 0.2 }, 5, 10, 5)).toBeCloseTo(0.6, 12);
});

test('warm-up longer than the run only rises', () => {
  const schedule = { kind: 'cosine', warmup: { value: 10, unit: 'step' }, floor: 0 } as const;
  expect([0, 1, 2].map((step) => rateAt(schedule, step, 3, 1))).toEqual([0.1, 0.2, 0.3]);
});

test('a ramp reaches its end when its time has passed and stays there', () => {
  const ramp = { kind: 'ramp', name: 'λ', from: 1, to: 3, over: { value: 2, unit: 'epoch' } } as const;
  expect([0, 2, 4, 8, 9].map((step) => weightAt(ramp, step, 4))).toEqual([1, 1.5, 2, 3, 3]);
  expect(weightAt({ ...ramp, over: { value: 0, unit: 'step' } }, 0, 4)).toBe(3);
  expect(durationInSteps({ value: 1.5, unit: 'epoch' }, 4)).toBe(6);
});

test('a polynomial is PyTorch’s over the steps that it has', () => {
  const rates = oracle('optim').tensor('optim', 'schedule_polynomial/lr').data;
  const schedule = { kind: 'polynomial', warmup: { value: 0, unit: 'step' }, floor: 0, power: 2 } as const;
  for (let step = 0; step < 15; step++)
    expect(0.1 * rateAt(schedule, step, 15, 1)).toBeCloseTo(rates[2 * step] ?? NaN, 8);
});

test('one cycle rises to the rate, falls to its floor in the last step, and ends there', () => {
  const schedule = {
    kind: 'one_cycle',
    warmup: { value: 0, unit: 'step' },
    from: 0.1,
    rise: 0.5,
    floor: 0.01,
  } as const;
  const rates = Array.from({ length: 10 }, (_, step) => rateAt(schedule, step, 10, 1));
  expect(rates[0]).toBeCloseTo(0.1, 12);
  expect(rates[4]).toBeCloseTo(1, 12);
  expect(rates[9]).toBeCloseTo(0.01, 12);
  expect(rateAt(schedule, 0, 1, 1)).toBeGreaterThan(0);
});
