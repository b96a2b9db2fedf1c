/** A session in TensorFlow: what it holds, what it leaves behind, and what it keeps apart. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { lowerToTensorflow } from '../../../../src/compiler/lower/lower-program.ts';
import type { Program } from '../../../../src/compiler/program/program.ts';
import type { Session } from '../../../../src/runtime/backends/backend.ts';
import { openBinding } from '../../../../src/runtime/backends/tensorflow/binding.ts';
import { openTensorflow } from '../../../../src/runtime/backends/tensorflow/tensorflow-engine.ts';
import { initialiseParameters } from '../../../../src/runtime/weights/initialise.ts';
import { temporaryFolder } from '../../support/run-tiny.ts';
import { tinyProgram } from '../../support/tiny-experiment.ts';
import { expectEmptySlots, expectGivenBack, tinyBatch, tinyFeeds } from '../../support/tiny-session.ts';
import { titled, withoutTensorflow } from './here.ts';

async function open(program: Program, seed = 1): Promise<Session> {
  const engine = await openTensorflow({ threads: 2 });
  const parameters = initialiseParameters(program.parameters, seed, '.');
  const session = await engine.openSession?.({ program, artefacts: lowerToTensorflow(program), parameters });
  if (session === undefined) throw new Error('the engine opens no session');
  return session;
}

describe.skipIf(withoutTensorflow !== undefined)(titled('a session in TensorFlow'), () => {
  test('gives and takes parameters and slots', async () => {
    const session = await open(tinyProgram());
    await expectGivenBack(session);
    await session.dispose();
  });

  test('takes a single parameter', async () => {
    const session = await open(tinyProgram());
    const before = await session.readParameters();
    await session.writeParameters(new Map([['head.b1', new Float32Array(7).fill(3)]]));
    const after = await session.readParameters();
    expect(after.get('head.b1')).toEqual(new Float32Array(7).fill(3));
    expect(after.get('head.w1')).toEqual(before.get('head.w1'));
    expect(after.get('tower.projection')).toEqual(before.get('tower.projection'));
    await session.dispose();
  });

  test('keeps no hold of the arrays it was given', async () => {
    const program = tinyProgram();
    const engine = await openTensorflow({ threads: 2 });
    // WebAssembly memory is aligned as TensorFlow likes it: it could use it without a copy.
    const parameters = new Map(
      [...initialiseParameters(program.parameters, 1, '.')].map(([name, value]) => {
        const memory = new WebAssembly.Memory({ initial: 1 });
        const aligned = new Float32Array(memory.buffer, 0, value.length);
        aligned.set(value);
        return [name, aligned];
      }),
    );
    const kept = new Map([...parameters].map(([name, value]) => [name, Float32Array.from(value)]));
    const session = await engine.openSession?.({ program, artefacts: lowerToTensorflow(program), parameters });
    for (const value of parameters.values()) value.fill(0);
    expect(await session?.readParameters()).toEqual(kept);
    await session?.step('main', tinyFeeds(1), { update: 1, rate: 1 });
    for (const value of parameters.values()) expect(value.every((entry) => entry === 0)).toBe(true);
    await session?.dispose();
  });

  test('begins a second stage with empty slots', () => expectEmptySlots(open));

  test('leaves no tensor behind over 1,000 steps, nor where feeds are wrong', async () => {
    const tensorflow = openBinding({ threads: 2 });
    const session = await open(tinyProgram());
    const live = tensorflow.liveTensors();
    for (let update = 1; update <= 1000; update++)
      await session.step('main', tinyFeeds(update % 7), { update, rate: 0.1 });
    await session.readParameters();
    await session.readSlots();
    expect(tensorflow.liveTensors()).toBe(live);
    const { y } = tinyFeeds(1);
    if (y === undefined) throw new Error('no y');
    const narrow = { ...tinyFeeds(1), y: { ...y, shape: [tinyBatch, 1] } };
    await expect(session.step('main', narrow, { update: 1, rate: 1 })).rejects.toMatchObject({ code: 'feed-shape' });
    const { f: _, ...rest } = tinyFeeds(1);
    await expect(session.step('main', rest, { update: 1, rate: 1 })).rejects.toMatchObject({ code: 'feed-missing' });
    expect(tensorflow.liveTensors()).toBe(live);
    await session.dispose();
    expect(tensorflow.liveTensors()).toBe(0);
  });

  test('is apart from others of the same and of another program', async () => {
    const other = tinyProgram({ method: { kind: 'sgd', momentum: 0.9, nesterov: true }, learningRate: 0.1 });
    const programs = [tinyProgram(), tinyProgram(), other] as const;
    const alone = async (program: Program, seed: number): Promise<Map<string, Float32Array>> => {
      const session = await open(program, seed);
      for (let update = 1; update <= 5; update++) await session.step('main', tinyFeeds(update), { update, rate: 1 });
      const values = await session.readParameters();
      await session.dispose();
      return values;
    };
    const expected = await Promise.all(programs.map((program, at) => alone(program, at + 1)));
    const together = await Promise.all(programs.map((program, at) => open(program, at + 1)));
    for (let update = 1; update <= 5; update++) {
      for (const session of together) await session.step('main', tinyFeeds(update), { update, rate: 1 });
    }
    for (const [at, session] of together.entries()) {
      expect(await session.readParameters()).toEqual(expected[at]);
      await session.dispose();
    }
  });

  test('refuses a program that was not lowered for it', async () => {
    const engine = await openTensorflow({ threads: 2 });
    const request = { program: tinyProgram(), artefacts: new Map(), parameters: new Map() };
    await expect(engine.openSession?.(request)).rejects.toMatchObject({ code: 'artefact-missing' });
  });
});

test('TensorFlow that is not there is a reason, not a crash', async () => {
  const missing = openTensorflow({ threads: 1, folder: temporaryFolder() });
  await expect(missing).rejects.toMatchObject({ code: 'engine-unavailable', fault: 'world' });
});

test.skipIf(withoutTensorflow !== undefined)(titled('the threads asked for are made, in a worker thread too'), () => {
  // TensorFlow itself tells how many it makes: within a kernel, and between kernels. The system's count has threads of Node's that come and go.
  const told = (threads: number): readonly (string | undefined)[] => {
    const script = join(import.meta.dirname, 'open-in-worker.ts');
    const env = { ...process.env, TF_CPP_MIN_LOG_LEVEL: '0', TF_CPP_MAX_VLOG_LEVEL: '1' };
    const { stderr } = spawnSync(process.execPath, ['--import', 'tsx', script, String(threads)], { encoding: 'utf8', env, maxBuffer: 2 ** 28 }); // prettier-ignore
    return [/CPU work thread pool: \w+, num_threads=(\d+)/, /inter op parallelism threads: (\d+)/].map((line) => line.exec(stderr)?.[1]);
  };
  expect(told(1)).toEqual(['1', '1']);
  expect(told(4)).toEqual(['4', '2']);
}); // prettier-ignore
