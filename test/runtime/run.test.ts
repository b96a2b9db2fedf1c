import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { openReference } from '../../src/runtime/backends/reference.ts';
import type { Engine } from '../../src/runtime/backends/backend.ts';
import { readCheckpoint } from '../../src/runtime/checkpoint.ts';
import { readEvents } from '../../src/runtime/event-log.ts';
import type { RunEvent } from '../../src/runtime/events.ts';
import { readRunParameters } from '../../src/runtime/records/run-parameters.ts';
import { readRun, runPaths } from '../../src/runtime/records/run-folder.ts';
import { tinyData, tinyProgram } from './support/tiny-experiment.ts';
import { only, runTiny, temporaryFolder } from './support/run-tiny.ts';

/** What two sittings must agree in: every number of every step and evaluation, not the clock. */
function numbers(events: readonly RunEvent[]): unknown[] {
  return events.flatMap((event): unknown[] => {
    if (event.event === 'step') return [{ ...event, ts: 0, seq: 0, ms: 0 }];
    if (event.event === 'eval') return [{ ...event, ts: 0, seq: 0 }];
    return [];
  });
}

function floatsOf(value: { data: ArrayLike<number> } | undefined): Float32Array {
  if (!(value?.data instanceof Float32Array)) throw new Error('no floats');
  return value.data;
}

/** An engine whose results pass through `change` first. */
function meddlingEngine(
  change: (id: string, results: Record<string, { data: ArrayLike<number> }>, feeds: Record<string, unknown>) => void,
): Engine {
  const inner = openReference();
  return {
    ...inner,
    load: async (fn, artefact) => {
      const executable = await inner.load(fn, artefact);
      return {
        ...executable,
        run: async (feeds) => {
          const results = await executable.run(feeds);
          change(fn.id, results, feeds);
          return results;
        },
      };
    },
  };
}

describe('a run', () => {
  test('trains, selects on validation data, evaluates test data once, and proves what stayed frozen', async () => {
    const { outcome, events, folder } = await runTiny({ root: temporaryFolder(), epochs: 6 });
    expect(outcome.error).toBeUndefined();
    expect(outcome).toMatchObject({ status: 'complete', exitStatus: 0, steps: 30 });

    const steps = only(events, 'step');
    // 43 samples in batches of 8: five steps an epoch, three samples left out.
    expect(steps.map(({ step }) => step)).toEqual(Array.from({ length: 30 }, (_, index) => index + 1));
    expect(steps.at(-1)?.epoch).toBe(6);
    expect(steps.at(-1)?.total ?? NaN).toBeLessThan((steps[0]?.total ?? NaN) / 2);
    for (const { total, terms } of steps) {
      const weighted = terms.reduce((sum, term) => sum + (term.weighted ?? NaN), 0);
      expect(weighted).toBeCloseTo(total ?? NaN, 5);
      expect(terms.reduce((sum, term) => sum + (term.share ?? NaN), 0)).toBeCloseTo(1, 12);
    }
    // λ ramps from 0 to 0.1 over the five steps of the first epoch.
    expect(steps.map(({ terms }) => (terms[1]?.weighted ?? 0) / (terms[1]?.raw ?? 1)).slice(0, 7).map((value) => Number(value.toFixed(6)))).toEqual([0, 0.02, 0.04, 0.06, 0.08, 0.1, 0.1]); // prettier-ignore

    const evaluations = only(events, 'eval');
    const validation = evaluations.filter(({ evaluation }) => evaluation === 'val');
    expect(evaluations.filter(({ evaluation }) => evaluation === 'test')).toHaveLength(1);
    expect(evaluations.at(-1)).toMatchObject({ evaluation: 'test', samples: 9, best: true });
    const lowest = validation.reduce((best, it) =>
      (it.metrics[0]?.value ?? NaN) < (best.metrics[0]?.value ?? NaN) ? it : best,
    );
    expect(evaluations.at(-1)?.step).toBe(lowest.step);

    expect(only(events, 'certificate')[0]).toMatchObject({ frozen: 2, verified: 2, trained: 3, moved: 3 });
    expect(events.map(({ seq }) => seq)).toEqual(events.map((_, index) => index));
    expect(readEvents(runPaths(folder).events)).toEqual(events);
    expect(events.at(-1)).toMatchObject({ event: 'run.end', status: 'complete', steps: 30 });

    const run = await readRun(folder);
    expect(run.record).toMatchObject({ state: 'complete', seed: 1, row: 'full', stage: 'main', step: 30, steps: 30 });
    expect(run.results.map(({ evaluation, mark }) => [evaluation, mark])).toEqual([['val', undefined], ['test', 'test']]); // prettier-ignore
    for (const file of [
      'experiment.clipx',
      'program.json',
      'digests.json',
      'environment.json',
      'metrics.json',
      'best/weights.safetensors',
    ]) {
      expect(existsSync(join(folder, file)), file).toBe(true);
    }
    expect(JSON.parse(readFileSync(runPaths(folder).program, 'utf8'))).toEqual(tinyProgram({ epochs: 6 }));
  });

  test('keeps every clamped weight within its bounds and its buffer without a gradient', async () => {
    const root = temporaryFolder();
    const { folder } = await runTiny({ root, epochs: 8, learningRate: 0.3 });
    const parameters = await readRunParameters(folder, tinyProgram(), 1, root);
    const named = (name: string): number[] => [...(parameters.find((it) => it.name === name)?.data ?? [])];
    expect(Math.max(...named('head.w1').map(Math.abs))).toBe(1.5);
    expect(named('head.running').every((value) => value !== 0 && Math.abs(value) < 1)).toBe(true);
  });

  test('is a function of its seed alone', async () => {
    const first = await runTiny({ root: temporaryFolder() });
    const again = await runTiny({ root: temporaryFolder() });
    const other = await runTiny({ root: temporaryFolder(), seed: 2 });
    expect(numbers(again.events)).toEqual(numbers(first.events));
    expect(numbers(other.events)).not.toEqual(numbers(first.events));
  });

  test('asks for each sample once an epoch, in another order each, and reads no column that it does not need', async () => {
    const data = tinyData();
    await runTiny({ root: temporaryFolder(), epochs: 2, data });
    const steps = data.asked
      .filter((line) => line.startsWith('train:y:'))
      .map((line) => (line.split(':')[2] ?? '').split(',').map(Number));
    expect(steps).toHaveLength(10);
    const [one, two] = [steps.slice(0, 5).flat(), steps.slice(5).flat()];
    expect(new Set(one).size).toBe(40);
    expect(new Set(two).size).toBe(40);
    expect(one).not.toEqual(two);
    // Its picture (here x) is read for the features alone, each sample once.
    const features = data.asked
      .filter((line) => line.startsWith('train:x:'))
      .flatMap((line) => (line.split(':')[2] ?? '').split(','));
    expect(new Set(features).size).toBe(43);
    expect(features).toHaveLength(44);
  });

  test('never overwrites another', async () => {
    const root = temporaryFolder();
    const first = await runTiny({ root });
    const second = await runTiny({ root });
    expect(second.folder).toBe(`${first.folder}-2`);
    expect((await readRun(first.folder)).record.state).toBe('complete');
  });
});

describe('stages', () => {
  const options = { stages: 3, epochs: 2 } as const;

  test('run one after another, each proving what it leaves alone', async () => {
    const root = temporaryFolder();
    const { outcome, events, folder } = await runTiny({ root, ...options });
    expect(outcome.error).toBeUndefined();
    expect(
      only(events, 'plan').map(({ stage, steps, trainable, frozen }) => [
        stage,
        steps,
        trainable.tensors,
        frozen.tensors,
      ]),
    ).toEqual([
      ['main', 10, 3, 2],
      ['second', 5, 1, 5],
      ['third', 4, 1, 5],
    ]);
    expect(
      only(events, 'certificate').map(({ frozen, verified, trained, moved }) => [frozen, verified, trained, moved]),
    ).toEqual([
      [2, 2, 3, 3],
      [5, 5, 1, 1],
      [5, 5, 1, 1],
    ]);
    // Plain descent on mean(w²) over 14 weights: each step shrinks them by the same factor but for warm-up and cosine.
    const pull = only(events, 'step')
      .filter(({ stage }) => stage === 'third')
      .map(({ total }) => total ?? NaN);
    const rates = only(events, 'step')
      .filter(({ stage }) => stage === 'third')
      .map(({ learningRate }) => learningRate);
    for (let step = 1; step < pull.length; step++) {
      const factor = (1 - (2 * (rates[step - 1] ?? 0)) / 14) ** 2;
      expect((pull[step] ?? 0) / (pull[step - 1] ?? 1)).toBeCloseTo(factor, 5);
    }
    expect(outcome.results.map(({ stage, evaluation }) => `${stage}/${evaluation}`)).toEqual([
      'main/val',
      'main/test',
      'second/val',
    ]);
    expect((await readRun(folder)).results).toEqual(outcome.results);
  });

  test('resume within any of them and between them', async () => {
    const whole = await runTiny({ root: temporaryFolder(), ...options });
    for (const stopAfter of [4, 10, 12, 15, 17]) {
      const root = temporaryFolder();
      const begun = await runTiny({ root, ...options, stopAfter });
      expect(begun.outcome.status).toBe('interrupted');
      const rest = await runTiny({ root, ...options, resume: begun.folder });
      expect(rest.outcome.results).toEqual(whole.outcome.results);
      expect(numbers(readEvents(runPaths(begun.folder).events))).toEqual(numbers(whole.events));
    }
  });

  test('share cached rows where they read the same frozen tensors', async () => {
    const { events } = await runTiny({ root: temporaryFolder(), ...options, cache: true });
    expect(only(events, 'cache').map(({ hits, misses }) => [hits, misses])).toEqual([
      [0, 43],
      [0, 10],
      [0, 9],
      [43, 0],
      [10, 0],
    ]);
  });

  test('a later stage that moves what only an earlier one may is found out', async () => {
    const engine = meddlingEngine((id, _, feeds) => {
      if (id === 'second/step') {
        const { data } = feeds['w1'] as { data: Float32Array };
        data[0] = (data[0] ?? 0) + 1e-6;
      }
    });
    const { outcome } = await runTiny({
      root: temporaryFolder(),
      ...options,
      host: { openEngine: async () => engine },
    });
    expect(outcome.error).toMatchObject({ code: 'CX8231', message: 'frozen and yet changed: `head.w1`' });
  });
});

describe('resuming', () => {
  test.each(['reference', 'onnxruntime-node'] as const)(
    'N steps, stop, M steps equal N + M bit for bit: %s',
    async (backend) => {
      const whole = await runTiny({ root: temporaryFolder(), backend });
      const root = temporaryFolder();
      // In the middle of an epoch, after one evaluation.
      const begun = await runTiny({ root, backend, stopAfter: 7 });
      expect(begun.outcome).toMatchObject({ status: 'interrupted', exitStatus: 130, steps: 7 });
      expect(begun.events.at(-1)).toMatchObject({
        event: 'run.end',
        status: 'interrupted',
        resume: `clipx resume ${begun.folder}`,
      });
      expect((await readRun(begun.folder)).record.state).toBe('interrupted');

      const rest = await runTiny({ root, backend, resume: begun.folder });
      expect(rest.outcome).toMatchObject({ status: 'complete', folder: begun.folder, steps: 15 });
      expect(only(rest.events, 'run.start')[0]?.resumedAt).toBe(7);
      const log = readEvents(runPaths(begun.folder).events);
      expect(numbers(log)).toEqual(numbers(whole.events));
      expect(log.map(({ seq }) => seq)).toEqual(log.map((_, index) => index));
      const [a, b] = [
        await readCheckpoint(runPaths(whole.folder).checkpoint),
        await readCheckpoint(runPaths(begun.folder).checkpoint),
      ];
      expect(b?.parameters).toEqual(a?.parameters);
      expect(b?.slots).toEqual(a?.slots);
      expect(readFileSync(runPaths(begun.folder).best)).toEqual(readFileSync(runPaths(whole.folder).best));
    },
  );

  test.each([
    ['the last parameters are the best', { learningRate: 0.02, method: { kind: 'lion', beta1: 0.9, beta2: 0.99 } }, 10],
    ['earlier ones are', { learningRate: 0.5, method: { kind: 'sgd', momentum: 0.95, nesterov: false } }, 5],
  ] as const)('wherever a run is asked to stop, the rest makes it whole: %s', async (_, options, bestStep) => {
    const epochs = 2;
    let asked = 0;
    const whole = await runTiny({
      root: temporaryFolder(),
      ...options,
      epochs,
      host: { interrupted: () => ++asked < 0 },
    });
    expect(only(whole.events, 'eval').at(-1)?.step).toBe(bestStep);
    expect(asked).toBeGreaterThan(30);
    for (let at = 1; at <= asked; at += 3) {
      const root = temporaryFolder();
      let calls = 0;
      const begun = await runTiny({ root, ...options, epochs, host: { interrupted: () => ++calls >= at } });
      expect(begun.outcome.status).toBe('interrupted');
      const rest = await runTiny({ root, ...options, epochs, resume: begun.folder });
      expect(rest.outcome.status).toBe('complete');
      expect(numbers(readEvents(runPaths(begun.folder).events))).toEqual(numbers(whole.events));
      expect(rest.outcome.results).toEqual(whole.outcome.results);
    }
  });

  test('after a kill goes on from the last checkpoint and says the steps after it once', async () => {
    const root = temporaryFolder();
    const whole = await runTiny({ root: temporaryFolder() });
    let steps = 0;
    // A thread that vanishes writes nothing more: the engine never comes back and the run is abandoned.
    const killed = runTiny({
      root,
      checkpointEvery: 4,
      host: {
        openEngine: async () =>
          meddlingEngine((id) => {
            if (id === 'main/step' && ++steps > 10) throw new Error('killed');
          }),
      },
    });
    const { folder } = await killed;
    // What a kill leaves: a record that says running, and half a line.
    const record = JSON.parse(readFileSync(runPaths(folder).record, 'utf8')) as object;
    writeFileSync(
      runPaths(folder).record,
      JSON.stringify({ ...record, state: 'running', process: 2 ** 30, error: undefined }),
    );
    const text = readFileSync(runPaths(folder).events, 'utf8');
    writeFileSync(runPaths(folder).events, text.slice(0, text.indexOf('"event":"run.end"') - 20));
    const before = await readRun(folder);
    expect(before.dead).toBe(true);
    expect(only(before.events, 'step')).toHaveLength(10);

    const rest = await runTiny({ root, resume: folder });
    expect(only(rest.events, 'run.start')[0]?.resumedAt).toBe(8);
    expect(numbers(readEvents(runPaths(folder).events))).toEqual(numbers(whole.events));
  });

  test('without any checkpoint begins at step 0', async () => {
    const root = temporaryFolder();
    const failed = await runTiny({ root, host: { openEngine: () => Promise.reject(new Error('no engine')) } });
    expect(failed.outcome).toMatchObject({ status: 'failed', exitStatus: 70 });
    const rest = await runTiny({ root, resume: failed.folder });
    expect(rest.outcome).toMatchObject({ status: 'complete', steps: 15 });
    expect((await readRun(failed.folder)).record.error).toBeUndefined();
  });

  test('says so when nothing is left, when the experiment is another, when the checkpoint is damaged', async () => {
    const root = temporaryFolder();
    const done = await runTiny({ root });
    const again = await runTiny({ root, resume: done.folder });
    expect(again.outcome).toMatchObject({ status: 'failed', exitStatus: 3, error: { code: 'CX8254' } });
    expect((await readRun(done.folder)).record.state).toBe('complete');

    const begun = await runTiny({ root, stopAfter: 3 });
    expect((await runTiny({ root, resume: begun.folder, epochs: 4 })).outcome.error?.code).toBe('CX8253');
    expect((await runTiny({ root, resume: begun.folder, seed: 9 })).outcome.error?.code).toBe('CX8253');
    const checkpoint = await readCheckpoint(runPaths(begun.folder).checkpoint);
    const path = join(runPaths(begun.folder).checkpoint, checkpoint?.state.tensors.file ?? '');
    const bytes = readFileSync(path);
    bytes[bytes.length - 3] = (bytes[bytes.length - 3] ?? 0) ^ 1;
    writeFileSync(path, bytes);
    expect((await runTiny({ root, resume: begun.folder })).outcome.error).toMatchObject({
      code: 'CX8252',
      fault: 'world',
    });
    writeFileSync(path, bytes.subarray(0, 100));
    expect((await runTiny({ root, resume: begun.folder })).outcome.error?.message).toMatch(/has 100 bytes, expected/);
  });
});

describe('a run fails', () => {
  test('numerically, naming the term', async () => {
    const { outcome, events } = await runTiny({ root: temporaryFolder(), overflow: true });
    expect(outcome).toMatchObject({ status: 'failed', exitStatus: 4, error: { code: 'CX8221', fault: 'numerical' } });
    expect(outcome.error?.message).toMatch(/^loss `L_fit` is Infinity in step 1 of stage main/);
    expect(only(events, 'step')[0]).toMatchObject({
      total: null,
      nonfinite: expect.arrayContaining(['L_fit', 'total']),
    });
  });

  test('numerically, naming the tensor whose gradient is not finite, before it is applied', async () => {
    const root = temporaryFolder();
    const engine = meddlingEngine((id, results) => {
      if (id === 'main/step') floatsOf(results['d_b1'])[3] = NaN;
    });
    const { outcome } = await runTiny({ root, host: { openEngine: async () => engine } });
    expect(outcome.error).toMatchObject({ code: 'CX8222', fault: 'numerical' });
    expect(outcome.error?.message).toContain('`head.b1`');
  });

  test('when a metric is not finite', async () => {
    const engine = meddlingEngine((id, results) => {
      if (id === 'main/val/metrics') floatsOf(results['mse'])[0] = NaN;
    });
    const { outcome } = await runTiny({ root: temporaryFolder(), host: { openEngine: async () => engine } });
    expect(outcome).toMatchObject({ exitStatus: 4, error: { code: 'CX8223' } });
    expect(outcome.error?.message).toBe('evaluation `val` on held: `mse` is NaN');
  });

  test('when a frozen tensor moved, naming it', async () => {
    let calls = 0;
    const engine = meddlingEngine((id, _, feeds) => {
      // The engine writes into what it was lent.
      if (id === 'main/features' && ++calls === 2)
        ((feeds['projection'] as { data: Float32Array }).data[4] as number) += 1e-7;
    });
    const { outcome } = await runTiny({ root: temporaryFolder(), host: { openEngine: async () => engine } });
    expect(outcome).toMatchObject({
      exitStatus: 1,
      error: { code: 'CX8231', fault: 'proof', message: 'frozen and yet changed: `tower.projection`' },
    });
  });

  test('when a checkpoint cannot be written; the one before it stays and resumes', async () => {
    const root = temporaryFolder();
    let folder = '';
    const { outcome, events } = await runTiny({
      root,
      checkpointEvery: 4,
      host: {
        emit: (event) => {
          if (event.event === 'run.start') ({ folder } = event);
          // Something stands where the second checkpoint would be written.
          if (event.event === 'step' && event.step === 7) {
            mkdirSync(join(runPaths(folder).checkpoint, `tensors-8.safetensors.${process.pid}.partial`));
          }
        },
      },
    });
    expect(events).toEqual([]);
    expect(outcome).toMatchObject({
      status: 'failed',
      exitStatus: 5,
      steps: 8,
      error: { code: 'CX8215', fault: 'world' },
    });
    expect(outcome.error?.message).toContain('tensors-8.safetensors could not be written');
    expect((await readCheckpoint(runPaths(folder).checkpoint))?.state.step).toBe(4);
    expect(readEvents(runPaths(folder).events).at(-1)).toMatchObject({
      event: 'run.end',
      resume: `clipx resume ${folder}`,
    });
    const rest = await runTiny({ root, resume: folder });
    const whole = await runTiny({ root: temporaryFolder() });
    expect(rest.outcome.status).toBe('complete');
    expect(numbers(readEvents(runPaths(folder).events))).toEqual(numbers(whole.events));
  });

  test('when test data would select, when a batch is larger than the data', async () => {
    expect((await runTiny({ root: temporaryFolder(), selectOnTest: true })).outcome).toMatchObject({
      exitStatus: 3,
      error: { code: 'CX8243' },
    });
    const small = await runTiny({ root: temporaryFolder(), trainCount: 7 });
    expect(small.outcome.error?.message).toBe('stage main: train has 7 samples, fewer than one batch of 8');
  });

  test('warns where a trainable tensor never moved', async () => {
    const engine = meddlingEngine((id, results) => {
      if (id === 'main/step') floatsOf(results['d_b1']).fill(0);
    });
    const { events } = await runTiny({ root: temporaryFolder(), host: { openEngine: async () => engine } });
    expect(only(events, 'warning').map(({ message }) => message)).toEqual(['trainable, but never moved: `head.b1`']);
    expect(only(events, 'certificate')[0]).toMatchObject({ trained: 3, moved: 2 });
  });
});

describe('the feature cache', () => {
  test('changes no number, and is read the second time', async () => {
    const root = temporaryFolder();
    const without = await runTiny({ root: temporaryFolder() });
    const first = await runTiny({ root, cache: true });
    const second = await runTiny({ root, cache: true });
    expect(numbers(first.events)).toEqual(numbers(without.events));
    expect(numbers(second.events)).toEqual(numbers(without.events));
    expect(only(first.events, 'cache').map(({ hits, misses }) => [hits, misses])).toEqual([[0, 43], [0, 10], [0, 9]]); // prettier-ignore
    expect(only(second.events, 'cache').map(({ hits, misses }) => [hits, misses])).toEqual([[43, 0], [10, 0], [9, 0]]); // prettier-ignore
  });

  test('belongs to the frozen weights: another seed has other rows', async () => {
    const root = temporaryFolder();
    await runTiny({ root, cache: true });
    const other = await runTiny({ root, cache: true, seed: 2 });
    expect(only(other.events, 'cache')[0]).toMatchObject({ hits: 0, misses: 43 });
  });

  test('is emptied, with a warning, where it no longer gives what the engine computes', async () => {
    const root = temporaryFolder();
    const lying = meddlingEngine((id, results) => {
      if (id === 'main/features') floatsOf(results['f']).fill(0.5);
    });
    await runTiny({ root, cache: true, host: { openEngine: async () => lying } });
    const honest = await runTiny({ root, cache: true });
    const expected = await runTiny({ root: temporaryFolder() });
    expect(only(honest.events, 'warning')[0]?.message).toContain('tower(x)');
    expect(numbers(honest.events)).toEqual(numbers(expected.events));
  });
});
