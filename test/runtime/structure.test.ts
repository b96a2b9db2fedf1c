/**
 * Experiments of several stages, and the settings of training, run from their text on the reference engine. What is expected is told by
 * arithmetic, by a run without the setting, or by the same run in two sittings.
 */
import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { compile } from '../../src/compiler/compile.ts';
import { readCheckpoint } from '../../src/runtime/checkpoint.ts';
import { createDataRoom } from '../../src/runtime/data/data-room.ts';
import { gatherFacts } from '../../src/runtime/data/gather-facts.ts';
import type { RunEvent } from '../../src/runtime/events.ts';
import { runPaths } from '../../src/runtime/records/run-folder.ts';
import { openReference } from '../../src/runtime/backends/reference.ts';
import { runProgram } from '../../src/runtime/run.ts';
import type { RunOutcome } from '../../src/runtime/run.ts';
import { repository } from '../support/fixtures.ts';
import { only, temporaryFolder } from './support/run-tiny.ts';

const preamble = (folder: string): string => `clipx 1
experiment structure
axis d = 2
axis one = 1
input x : vector(d)
input y : vector(one)
input kind : class(kind)
vocabulary kind { all: ["a", "b", "c"] }
data seen = jsonl("${folder}/seen.jsonl") { x: "x"  y: "y"  kind: "kind" }
data val  = jsonl("${folder}/val.jsonl") like seen
`;

/** y = 2 x₀ − x₁, of a few classes unevenly often. */
function writeData(folder: string, name: string, count: number): void {
  const kinds = ['a', 'a', 'a', 'b', 'c', 'a'];
  const lines = Array.from({ length: count }, (_, at) => {
    const x = [Math.sin(at * 1.7), Math.cos(at * 0.9)];
    return JSON.stringify({ x, y: [2 * (x[0] ?? 0) - (x[1] ?? 0)], kind: kinds[at % kinds.length] });
  });
  writeFileSync(join(folder, `${name}.jsonl`), `${lines.join('\n')}\n`);
}

interface Ran {
  readonly outcome: RunOutcome;
  readonly events: readonly RunEvent[];
  readonly parameters: ReadonlyMap<string, Float32Array>;
}

interface Options {
  readonly row?: string;
  readonly seed?: number;
  /** Stops after so many steps of this sitting. */
  readonly stopAfter?: number;
  readonly resume?: string;
  readonly cache?: boolean;
}

async function run(folder: string, body: string, options: Options = {}): Promise<Ran> {
  if (!existsSync(join(folder, 'seen.jsonl'))) {
    writeData(folder, 'seen', 24);
    writeData(folder, 'val', 7);
  }
  const text = `${preamble(folder)}${body.replaceAll('FOLDER', folder)}`;
  const request = { path: 'structure.clipx', text, host: repository, ...(options.row === undefined ? {} : { row: options.row }) }; // prettier-ignore
  const told = ({ diagnostics }: ReturnType<typeof compile>): string[] =>
    diagnostics.filter(({ severity }) => severity === 'error').map(({ code, message }) => `${code} ${message}`);
  const nominal = compile(request);
  expect(told(nominal)).toEqual([]);
  if (nominal.program === undefined) throw new Error('no program');
  const environment = { projectFolder: '/', seed: 1 };
  const { program } = compile({ ...request, facts: await gatherFacts(nominal.program, environment) });
  if (program === undefined) throw new Error('no program');
  const events: RunEvent[] = [];
  const steps = (): number => events.filter(({ event }) => event === 'step').length;
  const { seed = 1, stopAfter, resume, cache } = options;
  const outcome = await runProgram(
    {
      program, experimentText: text, seed, backend: 'reference', threads: 1, projectRoot: '/', runsFolder: join(folder, 'runs'), clipxVersion: '0.0.0',
      ...(resume === undefined ? {} : { resume }),
      ...(cache === true ? { cacheFolder: join(folder, 'cache') } : {}),
    },
    (event) => events.push(event),
    {
      lower: () => new Map(),
      inProcess: {
        openData: () => createDataRoom(program, environment),
        openEngine: () => Promise.resolve(openReference()),
        interrupted: () => stopAfter !== undefined && steps() >= stopAfter,
      },
    },
  ); // prettier-ignore
  expect(outcome.error?.message).toBeUndefined();
  const { parameters } = await readCheckpointOf(outcome);
  return { outcome, events, parameters };
}

/** What changes in some stage, as the last checkpoint holds it. */
async function readCheckpointOf({ folder = '' }: RunOutcome): Promise<Pick<Ran, 'parameters'>> {
  const checkpoint = await readCheckpoint(runPaths(folder).checkpoint);
  return { parameters: checkpoint?.parameters ?? new Map() };
}

const totals = (events: readonly RunEvent[]): (number | null)[] => only(events, 'step').map((step) => step.total);

describe('stages', () => {
  const two = `
trainable module A = linear(d -> d)
trainable module B = linear(d -> one)
let z = A(x)
loss L_a = mean((z - x) ^ 2)
loss L_b = mean((B(z) - y) ^ 2)
stage first {
  minimize L_a
  train on seen { epochs: 2  batch: 8  optimizer: adam(lr: 0.05) }
}
stage second after first {
  trainable B
  minimize L_b
  train on seen { epochs: 3  batch: 8  optimizer: sgd(lr: 0.1, momentum: 0.9) }
}
stage told after second { }
evaluate on val { metric error = mean(abs(B(z) - y)) }
metric twice = 2 * error
`;

  it('train their own list one after another, and evaluate after each', async () => {
    const { outcome, events } = await run(temporaryFolder(), two);
    expect(outcome).toMatchObject({ status: 'complete', steps: 6 + 9 });
    expect(only(events, 'plan').map(({ stage, steps, trainable }) => [stage, steps, trainable.count])).toEqual([['first', 6, 6], ['second', 9, 3], ['told', 0, 0]]); // prettier-ignore
    const errors = outcome.results.filter(({ evaluation }) => evaluation === 'val');
    expect(errors.map(({ stage }) => stage)).toEqual(['first', 'second', 'told']);
    const values = errors.map(({ metrics }) => metrics[0]?.value ?? NaN);
    expect(values[1]).toBeLessThan(values[0] ?? NaN);
    // nothing trains in between
    expect(values[2]).toBe(values[1]);
    const doubled = outcome.results.filter(({ evaluation }) => evaluation === 'combined').map(({ metrics }) => metrics[0]?.value ?? NaN); // prettier-ignore
    expect(doubled).toEqual(values.map((value) => 2 * value));
    const certificates = only(events, 'certificate');
    expect(certificates.every(({ frozen, verified }) => frozen === verified)).toBe(true);
    expect(certificates.map(({ trained, moved }) => [trained, moved])).toEqual([[2, 2], [2, 2], [0, 0]]); // prettier-ignore
  });

  it.each([3, 6, 7, 12])('go on bit for bit from an interruption after %i steps', async (stopAfter) => {
    const whole = await run(temporaryFolder(), two);
    const folder = temporaryFolder();
    const first = await run(folder, two, { stopAfter });
    expect(first.outcome.status).toBe('interrupted');
    const rest = await run(folder, two, { resume: first.outcome.folder ?? '' });
    expect(rest.outcome.results).toEqual(whole.outcome.results);
    expect(rest.parameters).toEqual(whole.parameters);
    expect(totals([...first.events, ...rest.events]).slice(-9)).toEqual(totals(whole.events).slice(-9));
  });

  it('are reused by a variant that leaves them as they are, with the numbers of a run that trains them', async () => {
    const rows = `${two}\nablate last { "slower": second.train.epochs = 1  "other first": first.train.epochs = 1 }\n`;
    const folder = temporaryFolder();
    const full = await run(folder, rows, { cache: true });
    expect(only(full.events, 'reuse')).toEqual([]);
    const slower = await run(folder, rows, { cache: true, row: 'slower' });
    expect(only(slower.events, 'reuse').map(({ stage }) => stage)).toEqual(['first']);
    const alone = await run(temporaryFolder(), rows, { row: 'slower' });
    expect(slower.outcome.results).toEqual(alone.outcome.results);
    expect(slower.parameters).toEqual(alone.parameters);
    const other = await run(folder, rows, { cache: true, row: 'other first' });
    expect(only(other.events, 'reuse')).toEqual([]);
    const seed = await run(folder, rows, { cache: true, row: 'slower', seed: 2 });
    expect(only(seed.events, 'reuse')).toEqual([]);
    // what the data hold is part of the key
    writeData(folder, 'seen', 25);
    const changed = await run(folder, rows, { cache: true, row: 'slower' });
    expect(only(changed.events, 'reuse')).toEqual([]);
    expect(readdirSync(join(folder, 'cache', 'stages')).length).toBeGreaterThan(3);
  });

  it('may put other declarations in the place of the file’s', async () => {
    const { outcome } = await run(
      temporaryFolder(),
      `
frozen param s : [] = 1
trainable module B = linear(d -> one)
let scale = s
let ŷ = scale * B(x)
loss L = mean((ŷ - y) ^ 2)
stage plain {
  minimize L
  train on seen { steps: 1  batch: 8  optimizer: sgd(lr: 0) }
  evaluate on val { metric size = mean(abs(ŷ)) }
}
stage doubled after plain {
  let scale = 2 * s
  minimize L
  train on seen { steps: 1  batch: 8  optimizer: sgd(lr: 0) }
  evaluate on val { metric size = mean(abs(ŷ)) }
}`,
    );
    const [plain, doubled] = outcome.results.map(({ metrics }) => metrics[0]?.value ?? NaN);
    expect(doubled).toBeCloseTo(2 * (plain ?? NaN), 6);
  });
});

describe('an evaluation alone', () => {
  it('needs nothing to train', async () => {
    const { outcome, events } = await run(
      temporaryFolder(),
      'let w = [2, -1] over d\nevaluate on seen, val { metric error = mean(abs(dot(x, w) - y[one: 0])) }\n',
    );
    expect(outcome).toMatchObject({ status: 'complete', steps: 0 });
    expect(outcome.results.map(({ evaluation }) => evaluation)).toEqual(['seen', 'val']);
    for (const { metrics } of outcome.results) expect(metrics[0]?.value).toBeCloseTo(0, 6);
    expect(only(events, 'step')).toEqual([]);
  });
});

describe('a part of a vocabulary', () => {
  it('is what a function sees: its words, its samples, numbered within it', async () => {
    const { outcome } = await run(
      temporaryFolder(),
      `
vocabulary sort { base: ["a", "c"]  new: ["b"] }
input sort : class(sort)
data named = jsonl("FOLDER/seen.jsonl") { x: "x"  sort: "kind" }
let place = index(sort)
evaluate on all: named, base: named over sort[base], new: named over sort[new] {
  metric words = size(sort) * mean(1)
  metric samples = sum(sort == sort)
  metric highest = max(place[sort: sort])
}`,
    );
    const told = outcome.results.map(({ evaluation, metrics }) => [evaluation, ...metrics.map(({ value }) => value)]);
    expect(told).toEqual([['all', 3, 24, 2], ['base', 2, 20, 1], ['new', 1, 4, 0]]); // prettier-ignore
  });

  it('trains on the samples that have its words', async () => {
    const { events } = await run(
      temporaryFolder(),
      `
vocabulary sort { base: ["a", "c"]  new: ["b"] }
input sort : class(sort)
data named = jsonl("FOLDER/seen.jsonl") { x: "x"  sort: "kind" }
trainable module B = linear(d -> d)
let words = index(sort)
loss L = mean(dot(B(x), x)) * 0 + mean(words[sort: sort])
minimize L
train on named over sort[base] { epochs: 1  batch: all  optimizer: sgd(lr: 0) }`,
    );
    expect(only(events, 'plan')[0]?.batch).toBe(20);
    // one in five of `a` and `c` is a `c`
    expect(totals(events)[0]).toBeCloseTo(1 / 5, 6);
  });
});

describe('a search', () => {
  const searched = (optimizer: string): string => `
frozen param w : [d] = 0
let ŷ = dot(x, w)
stage search {
  trainable w
  maximize -mean((ŷ - y[one: 0]) ^ 2)
  train on seen { optimizer: ${optimizer} }
}
evaluate on val { metric error = mean(abs(ŷ - y[one: 0])) }
`;

  it.each(['grid([-2, -1, 0, 1, 2])', 'coordinate([-2, -1, 0, 1, 2], rounds: 3)', 'random([-2, -1, 0, 1, 2], tries: 200)'])('%s finds the best candidate', async (method) => {
    const { outcome, parameters } = await run(temporaryFolder(), searched(method));
    expect([...(parameters.get('w.value') ?? [...parameters.values()][0] ?? [])]).toEqual([2, -1]);
    expect(outcome.results[0]?.metrics[0]?.value).toBeCloseTo(0, 6);
  }); // prettier-ignore
});

describe('settings of training', () => {
  const model = `
trainable module B = linear(d -> one)
let e = B(x) - y
loss L = mean(e ^ 2)
minimize L
`;
  const measured = 'evaluate on val { metric error = mean(e ^ 2) }\n';

  it('accumulate: the mean of two batches is the gradient of one twice as large', async () => {
    const trained = (batch: string): string => `${model}train on seen { epochs: 3  ${batch}  optimizer: adam(lr: 0.05)  sampler: sequential  clip_gradient: 1 }\n${measured}`; // prettier-ignore
    const whole = await run(temporaryFolder(), trained('batch: 8'));
    const halves = await run(temporaryFolder(), trained('batch: 4  accumulate: 2'));
    expect(only(halves.events, 'plan')[0]).toMatchObject({ steps: 9, stepsPerEpoch: 3 });
    expect(totals(halves.events).map((total) => total?.toFixed(5))).toEqual(totals(whole.events).map((total) => total?.toFixed(5))); // prettier-ignore
    for (const [name, value] of whole.parameters)
      for (const [at, weight] of value.entries()) expect(halves.parameters.get(name)?.[at]).toBeCloseTo(weight, 5);
  });

  it('ema: what is evaluated and left is the moving average, in one sitting or two', async () => {
    const text = `${model}train on seen { steps: 4  batch: 8  optimizer: sgd(lr: 0.1)  ema: 0.5 }\n${measured}`;
    const plain = text.replace('  ema: 0.5', '');
    const start = await run(temporaryFolder(), plain.replace('steps: 4', 'steps: 1').replace('lr: 0.1', 'lr: 0'));
    const after: ReadonlyMap<string, Float32Array>[] = [];
    for (const steps of [1, 2, 3, 4]) after.push((await run(temporaryFolder(), plain.replace('steps: 4', `steps: ${steps}`))).parameters); // prettier-ignore
    const averaged = await run(temporaryFolder(), text);
    for (const [name, first] of start.parameters) {
      for (const [at, weight] of first.entries()) {
        const expected = after.reduce((average, step) => 0.5 * average + 0.5 * (step.get(name)?.[at] ?? NaN), weight);
        expect(averaged.parameters.get(name)?.[at]).toBeCloseTo(expected, 5);
      }
    }
    const folder = temporaryFolder();
    const half = await run(folder, text, { stopAfter: 2 });
    const rest = await run(folder, text, { resume: half.outcome.folder ?? '' });
    expect(rest.parameters).toEqual(averaged.parameters);
    expect(rest.outcome.results).toEqual(averaged.outcome.results);
  });

  it.each(['balanced(kind)', 'per_class(2, kind)'])('sampler: %s draws every class equally often', async (sampler) => {
    const { events } = await run(
      temporaryFolder(),
      `${model.replace('minimize L', '')}
let isA = [1, 0, 0] over kind
loss A = mean(isA[kind: kind]) + 0 * mean(e ^ 2)
minimize L + A
train on seen { epochs: 2  batch: 6  optimizer: sgd(lr: 0)  sampler: ${sampler} }\n${measured}`,
    );
    const shareOfA = only(events, 'step').map(({ terms }) => terms[1]?.raw ?? NaN);
    // of three classes one in three, though two of three samples are `a`
    for (const share of shareOfA) expect(share).toBeCloseTo(1 / 3, 6);
  });

  it('stop: patience ends a stage that does not become better, and the best is kept', async () => {
    const text = `${model}train on seen { epochs: 40  batch: 8  optimizer: sgd(lr: 3)  stop: patience(2 epochs)  clip_gradient: 0.5 }
evaluate on val { metric error = mean(e ^ 2)  best: min(error) }\n`;
    const { outcome, events } = await run(temporaryFolder(), text);
    expect(outcome.status).toBe('complete');
    expect(outcome.steps).toBeLessThan(120);
    const values = only(events, 'eval').filter(({ stage }) => stage === 'main').map(({ metrics }) => metrics[0]?.value ?? NaN); // prettier-ignore
    const best = Math.min(...values);
    expect(outcome.results[0]?.metrics[0]?.value).toBe(best);
    // two epochs of three steps without a better value
    expect(outcome.steps - (outcome.results[0]?.step ?? NaN)).toBe(6);
    const folder = temporaryFolder();
    const half = await run(folder, text, { stopAfter: outcome.steps - 4 });
    const rest = await run(folder, text, { resume: half.outcome.folder ?? '' });
    expect(rest.outcome.results).toEqual(outcome.results);
    expect(rest.outcome.steps).toBe(outcome.steps);
  });

  it('restarts: each begins from draws of its own, the best of all is kept, in one sitting or more', async () => {
    const text = `${model}train on seen { steps: 3  batch: 8  optimizer: adam(lr: 0.1)  ema: 0.5  restarts: 3 keep best }
evaluate on val { metric error = mean(e ^ 2)  best: min(error)  every: 100 steps }\n`;
    const { outcome, events, parameters } = await run(temporaryFolder(), text);
    expect(outcome.steps).toBe(9);
    const ends = only(events, 'eval').filter(({ step }) => [3, 6, 9].includes(step));
    const values = new Map(ends.map(({ step, metrics }) => [step, metrics[0]?.value ?? NaN]));
    expect(new Set(values.values()).size).toBe(3);
    expect(outcome.results[0]?.metrics[0]?.value).toBe(Math.min(...values.values()));
    // the first is what a run without restarts does
    const once = await run(temporaryFolder(), text.replace('  restarts: 3 keep best', ''));
    expect(totals(events).slice(0, 3)).toEqual(totals(once.events));
    expect(values.get(3)).toBe(once.outcome.results[0]?.metrics[0]?.value);
    for (const stopAfter of [3, 4, 8]) {
      const folder = temporaryFolder();
      const half = await run(folder, text, { stopAfter });
      expect(half.outcome.status).toBe('interrupted');
      const rest = await run(folder, text, { resume: half.outcome.folder ?? '' });
      expect(rest.outcome.results).toEqual(outcome.results);
      expect(rest.parameters).toEqual(parameters);
    }
  });

  it('checkpoint: one each so often', async () => {
    const { events, outcome } = await run(temporaryFolder(), `${model}train on seen { epochs: 4  batch: 8  optimizer: sgd(lr: 0.1)  checkpoint: 2 epochs }\n${measured}`); // prettier-ignore
    expect(only(events, 'checkpoint').map(({ step, reason }) => [step, reason])).toEqual([[6, 'interval'], [12, 'end']]); // prettier-ignore
    expect((await readCheckpoint(runPaths(outcome.folder ?? '').checkpoint))?.state.finished).toBe(true);
  });

  it('batch: all takes the whole set', async () => {
    const { events } = await run(temporaryFolder(), `${model}train on seen { steps: 2  batch: all  optimizer: sgd(lr: 0.1) }\n${measured}`); // prettier-ignore
    expect(only(events, 'plan')[0]).toMatchObject({ batch: 24, stepsPerEpoch: 1 });
  });

  it('decay: none on what `no_decay` lists, on all with `decay_on: all`', async () => {
    const left = async (options: string): Promise<string[]> => {
      const { parameters } = await run(temporaryFolder(), `${model.replace('linear(d -> one)', 'mlp(d -> hidden(3) -> one)')}train on seen { steps: 1  batch: 8  optimizer: sgd(lr: 1, decay: 1)${options}  clip_gradient: 1e-9 }\n${measured}`); // prettier-ignore
      // with a vanishing gradient a decay of 1 at rate 1 leaves zero
      return [...parameters].filter(([, value]) => value.every((weight) => Math.abs(weight) < 1e-6)).map(([name]) => name.split('.').at(-1) ?? ''); // prettier-ignore
    };
    expect(await left('')).toEqual(['weight', 'weight']);
    expect(await left('  decay_on: all')).toEqual(['weight', 'bias', 'weight', 'bias']);
    expect(await left('  decay_on: all  no_decay: [bias]')).toEqual(['weight', 'weight']);
    expect(await left('  no_decay: [B.layers[0]]')).toHaveLength(1);
  });
});
