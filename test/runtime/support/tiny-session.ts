/** What sessions of every engine are held to, on the tiny program. */
import { expect } from 'vitest';
import type { Program } from '../../../src/compiler/program/program.ts';
import type { Session, TensorValue } from '../../../src/runtime/backends/backend.ts';
import { stream } from '../../../src/runtime/random.ts';
import { tinyProgram } from './tiny-experiment.ts';

export const tinyBatch = 8;

/** What a step of the tiny program is fed with. */
export function tinyFeeds(step: number): Record<string, TensorValue> {
  const normal = (name: string, shape: readonly number[]): TensorValue => {
    const count = shape.reduce((product, extent) => product * extent, 1);
    return { dtype: 'f32', shape, data: stream(step, name).fillNormal(new Float32Array(count)) };
  };
  return {
    f: normal('f', [tinyBatch, 5]),
    y: normal('y', [tinyBatch, 2]),
    c: normal('c', [2]),
    mask: { dtype: 'f32', shape: [tinyBatch, 7], data: new Float32Array(tinyBatch * 7).fill(1) },
    lambda: { dtype: 'f32', shape: [], data: Float32Array.of(0.1) },
  };
}

/** A step again from what was read and written back comes to the same. */
export async function expectGivenBack(session: Session): Promise<void> {
  await session.step('main', tinyFeeds(1), { update: 1, rate: 1 });
  const [parameters, slots] = [await session.readParameters(), await session.readSlots()];
  expect([...slots.keys()].sort()).toEqual(
    ['b1', 'w1', 'w2'].flatMap((name) => [`head.${name}/mean`, `head.${name}/square`]),
  );
  await session.step('main', tinyFeeds(2), { update: 2, rate: 1 });
  const after = await session.readParameters();
  expect(after).not.toEqual(parameters);
  await session.writeParameters(parameters);
  await session.writeSlots(slots);
  await session.step('main', tinyFeeds(2), { update: 2, rate: 1 });
  expect(await session.readParameters()).toEqual(after);
}

/** A second stage begins as one that nothing went before, but for the parameters. */
export async function expectEmptySlots(open: (program: Program) => Promise<Session>): Promise<void> {
  const program = tinyProgram();
  const [main] = program.stages;
  if (main === undefined) throw new Error('no stage');
  const second = { ...main, name: 'second', step: { ...main.step, id: 'second/step' } };
  const session = await open({ ...program, stages: [main, second] });
  await session.step('main', tinyFeeds(1), { update: 1, rate: 1 });
  const middle = await session.readParameters();
  await session.step('second', tinyFeeds(2), { update: 1, rate: 1 });
  const after = await session.readParameters();
  const fresh = await open({ ...program, stages: [second] });
  await fresh.writeParameters(middle);
  await fresh.step('second', tinyFeeds(2), { update: 1, rate: 1 });
  expect(await fresh.readParameters()).toEqual(after);
  await session.dispose();
  await fresh.dispose();
}
