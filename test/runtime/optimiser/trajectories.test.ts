/**
 * Twenty steps of every optimiser and schedule of the language against PyTorch's: the fixture's function is written in clipx, the options
 * in `train`, and the whole is run by every engine. The loss and the rate of each step, and the tensors at the end, are PyTorch's.
 */
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { readSafetensors } from '../../../src/runtime/weights/safetensors.ts';
import { compile } from '../../../src/compiler/compile.ts';
import { lowererOf } from '../../../src/compiler/lower/lower-program.ts';
import type { BackendName } from '../../../src/runtime/backends/backend.ts';
import { selectEngine } from '../../../src/runtime/backends/select-engine.ts';
import type { RunEvent } from '../../../src/runtime/events.ts';
import type { RunRequest } from '../../../src/runtime/execute-run.ts';
import { runProgram } from '../../../src/runtime/run.ts';
import { only, temporaryFolder } from '../support/run-tiny.ts';
import { tinyData } from '../support/tiny-experiment.ts';
import { engineColumns } from '../../conformance/engines.ts';
import { oracle } from '../../support/oracles.ts';

const fixture = oracle('optim');

/** How a case of the fixture is said; what it has beside the optimiser goes into `train` too. */
const said: Readonly<Record<string, string>> = {
  sgd: 'optimizer: sgd(lr: 0.05)',
  sgd_momentum: 'optimizer: sgd(lr: 0.05, momentum: 0.9)',
  sgd_nesterov: 'optimizer: sgd(lr: 0.05, momentum: 0.9, nesterov: on)',
  sgd_momentum_decay: 'optimizer: sgd(lr: 0.02, momentum: 0.9, decay: 0.1)',
  adam: 'optimizer: adam(lr: 0.1)',
  adam_clip_betas: 'optimizer: adam(lr: 0.1, beta2: 0.98, eps: 1e-6)',
  adam_l2: 'optimizer: adam(lr: 0.1, decay: 0.1)',
  adamw: 'optimizer: adamw(lr: 0.1, beta2: 0.98, eps: 1e-6, decay: 0.2)',
  adamw_groups: 'optimizer: adamw(lr: 0.1, decay: 0.2)  optimizer(b): adamw(lr: 0.01, decay: 0)',
  rmsprop: 'optimizer: rmsprop(lr: 0.02)',
  lion: 'optimizer: lion(lr: 0.03, decay: 0.1)',
  sgd_clip_norm: 'optimizer: sgd(lr: 0.05)  clip_gradient: 1.5',
  adamw_clip_norm: 'optimizer: adamw(lr: 0.1)  clip_gradient: 0.5',
};

const adamw = 'optimizer: adamw(lr: 0.1, beta2: 0.98, eps: 1e-6, decay: 0.2)';
const schedules: Readonly<Record<string, string>> = {
  cosine: 'cosine(floor: 0.01)',
  multistep: 'multistep(at: [6 steps, 12 steps, 13 steps], factor: 0.3)',
  step: 'exponential(factor: 0.5, every: 5 steps)',
  exponential: 'exponential(factor: 0.85, every: 1 step)',
  linear: 'constant(warmup: 8 steps, from: 0.1)',
  one_cycle: 'one_cycle',
  one_cycle_linear: 'one_cycle(three_phase: on, shape: linear)',
  warm_restarts: 'cosine_restarts(period: 4 steps, grow: 2)',
  warmup_cosine: 'cosine(warmup: 5 steps)',
  warmup_linear: 'linear(warmup: 4 steps, from: 0)',
  floor_cosine: 'cosine(warmup: 4 steps, from: 0.01, floor: 0.05)',
};

/** What the language has no words for. */
const others = [
  'sgd_dampening', 'adam_amsgrad', 'rmsprop_momentum_centered', 'adagrad', 'adam_ema', 'bert_adam',
  'schedule_polynomial', 'schedule_constant_then_cosine', 'schedule_unrebased_cosine',
]; // prettier-ignore

const cases: Readonly<Record<string, string>> = {
  ...said,
  ...Object.fromEntries(
    Object.entries(schedules).map(([name, schedule]) => [`schedule_${name}`, `${adamw}  schedule: ${schedule}`]),
  ),
};

const numbers = (name: string): number[] => Array.from(fixture.tensor('optim', name).data);
const rows = (name: string, columns: number): number[][] => {
  const all = numbers(name);
  return Array.from({ length: all.length / columns }, (_, at) => all.slice(at * columns, (at + 1) * columns));
};

function experiment(train: string): string {
  const columns = numbers('constant/d').length;
  const vector = (name: string, axis: string): string => `[${numbers(name).join(', ')}] over ${axis}`;
  const matrix = (name: string): string =>
    `stack(${rows(name, columns).map((row) => `[${row.join(', ')}] over column`).join(', ')}) as row`; // prettier-ignore
  return `clipx 1
experiment descent
axis row: item = ${numbers('start/b').length}
axis column: item = ${columns}
trainable param w: [row, column] = ${matrix('start/w')}
trainable param b: [row] = ${vector('start/b', 'row')}
let a = ${matrix('constant/a')}
let c = ${matrix('constant/c')}
let d = ${vector('constant/d', 'column')}
loss f = sum(a * (w - c) ^ 2) / 2 + sum(sin(2 * w)) / 4 + sum((sum(w * b, over: row) - d) ^ 2) / 2 + sum(b ^ 4) / 8
minimize f
train { steps: ${numbers('sgd/loss').length}  ${train}  decay_on: all }
`;
}

test('says of every case of the fixture how it reads, or that it has no words', () => {
  const table = fixture.json('optim.json') as Readonly<Record<string, unknown>>;
  expect([...Object.keys(cases), ...others].toSorted()).toEqual(Object.keys(table).toSorted());
});

/** Compiles and runs in this thread. */
async function descend(text: string, backend: BackendName) {
  const { program, diagnostics } = compile({ path: 'descent.clipx', text, host: { readText: () => undefined } });
  if (program === undefined) throw new Error(diagnostics.map(({ message }) => message).join('\n'));
  const root = temporaryFolder();
  const events: RunEvent[] = [];
  const request: RunRequest = {
    program, experimentText: text, seed: 1, backend, threads: 1, projectRoot: root, runsFolder: join(root, 'runs'), clipxVersion: '0.0.0',
  }; // prettier-ignore
  const outcome = await runProgram(request, (event) => events.push(event), {
    lower: lowererOf(program),
    inProcess: {
      interrupted: () => false,
      openData: () => tinyData({}),
      openEngine: async () => (await selectEngine(backend, { threads: 1 })).engine,
    },
  });
  expect(outcome.error).toBeUndefined();
  const checkpoint = `tensors-${only(events, 'step').length}.safetensors`;
  return { events, weights: readSafetensors(join(outcome.folder ?? '', 'checkpoint', checkpoint)) };
}

const backends = (['onnxruntime-node', 'onnxruntime-web', 'tensorflow'] as const).filter((name) =>
  engineColumns.some((each) => each.name === name && !each.isSkipped),
);

describe.each(backends)('PyTorch trajectories on %s', (backend) => {
  test.each(Object.entries(cases))('%s', async (name, train) => {
    const { events, weights } = await descend(experiment(train), backend);
    const taken = only(events, 'step');
    const rates = numbers(`${name}/lr`).filter((_, at) => at % 2 === 0);
    expect(taken).toHaveLength(rates.length);
    for (const [at, { learningRate, total }] of taken.entries()) {
      expect(learningRate).toBeCloseTo(rates[at] ?? Number.NaN, 8);
      const loss = numbers(`${name}/loss`)[at] ?? Number.NaN;
      expect(Math.abs(Number(total) - loss), `the loss of step ${at + 1}`).toBeLessThanOrEqual(2e-4 * Math.max(1, Math.abs(loss))); // prettier-ignore
    }
    for (const tensor of ['w', 'b']) {
      const got = weights.get(`${tensor}.value`)?.data ?? [];
      const end = numbers(`${name}/${tensor}`).slice(-got.length);
      expect(end.length).toBe(tensor === 'w' ? numbers('start/w').length : numbers('start/b').length);
      for (const [at, value] of end.entries())
        expect(Math.abs(Number(got[at]) - value), `${tensor}[${at}] at the end`).toBeLessThan(2e-4);
    }
  });
});
