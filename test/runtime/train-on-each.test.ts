/** `train on each d`: every sample by itself, whatever others run, on every engine, and in one sitting or two. */
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { beforeEach, describe, expect, it } from 'vitest';
import { readEvents } from '../../src/runtime/event-log.ts';
import type { ProgramFunction } from '../../src/compiler/program/program-function.ts';
import type { BackendName } from '../../src/runtime/backends/backend.ts';
import { stream } from '../../src/runtime/random.ts';
import { runPaths } from '../../src/runtime/records/run-folder.ts';
import { readRunParameters } from '../../src/runtime/records/run-parameters.ts';
import { readRunWeights } from '../../src/runtime/weights/run-weights.ts';
import { readSafetensors } from '../../src/runtime/weights/safetensors.ts';
import { isEngineHere } from '../support/required-engines.ts';
import { only, temporaryFolder } from './support/run-tiny.ts';
import { runText, type RanText, type RunTextOptions } from './support/run-text.ts';

const points = [[0.5, -1, 2], [1.5, 0.25, -0.5], [-2, 1, 0.75]] as const; // prettier-ignore

/** A target seen through a frozen tower; noise that is drawn at every step; a start that the sample and draws decide. */
const experiment = (options: { readonly data?: string; readonly train?: string; readonly evaluate?: string } = {}): string => `clipx 1
experiment apart
axis k: item = 3
axis w: feature = 4
input x : vector(k)
input name : id
data seen = jsonl("FOLDER/points.jsonl") { x: "x"  name: "name" }${options.data ?? ''}
let one = x[batch: 0]
frozen module tower = linear(k -> w)
frozen param jitter : [k] = uniform(-0.5, 0.5)
trainable param p : [k] = one / 2 + jitter
trainable param q = normal(1)
let near = mean((tower(p) - tower(one)) ^ 2)
loss L = near + 0.1 * mean((p - one + 0.1 * gaussian(like: one)) ^ 2) + 0.01 * (q - 1) ^ 2
minimize L
train on each seen { steps: 6  optimizer: adam(lr: 0.1)  ${options.train ?? ''} }
${options.evaluate ?? 'evaluate on each seen { every: 2 steps  best: min(far)  metric far = mean((p - one) ^ 2)  metric size = abs(q) }'}
`; // prettier-ignore

let folder: string;

beforeEach(() => {
  folder = temporaryFolder();
  writeFileSync(join(folder, 'points.jsonl'), points.map((x, at) => JSON.stringify({ x, name: 'abc'[at] })).join('\n'));
});

const run = (text: string, options: RunTextOptions = {}): Promise<RanText> => runText(folder, text, options);

/** What was kept of each sample, by its name. */
function samplesOf(path: string): Map<string, Record<string, number[]>> {
  const { samples } = runPaths(path);
  return new Map(
    readdirSync(samples).sort().map((file) => {
      const tensors = readSafetensors(join(samples, file));
      return [file, Object.fromEntries([...tensors].map(([name, { data }]) => [name, Array.from(data, Number)]))] as const;
    }),
  ); // prettier-ignore
}

/** Every number that a sitting told. */
const numbers = (events: RanText['events']): unknown[] =>
  events.flatMap((event) => (event.event === 'step' || event.event === 'eval' || event.event === 'sample' ? [{ ...event, seq: 0, ts: 0, ms: 0 }] : [])); // prettier-ignore

describe('an optimisation of each sample', () => {
  it('gives each parameters, numbers and a place of its own', async () => {
    const { outcome, events, folder: path } = await run(experiment());
    expect(outcome.steps).toBe(18);
    expect(only(events, 'sample').map(({ at, of, name, begunAt, steps }) => [at, of, name, begunAt, steps])).toEqual([
      [1, 3, '1', 0, 6], [2, 3, '2', 6, 6], [3, 3, '3', 12, 6],
    ]); // prettier-ignore
    expect(only(events, 'step').map(({ step }) => step)).toEqual(Array.from({ length: 18 }, (_, at) => at + 1));
    const kept = samplesOf(path);
    expect([...kept.keys()]).toEqual(['0001.safetensors', '0002.safetensors', '0003.safetensors']);
    const [result] = outcome.results;
    expect(result).toMatchObject({ evaluation: 'seen', samples: 3 });
    const far = result?.metrics[0];
    expect(far?.entries).toEqual(['1', '2', '3']);
    // each number is of the parameters that were kept of its sample, and the value is their mean
    for (const [at, file] of [...kept.keys()].entries()) {
      const p = kept.get(file)?.['p.value'] ?? [];
      const expected = p.reduce((sum, value, k) => sum + (value - (points[at]?.[k] ?? 0)) ** 2, 0) / 3;
      expect(far?.values?.[at]).toBeCloseTo(expected, 5);
    }
    const values = (far?.values ?? []).map(Number);
    expect(far?.value).toBeCloseTo(values.reduce((sum, value) => sum + value, 0) / 3, 9);
    expect(only(events, 'eval').at(-1)).toMatchObject({ samples: 3, step: 18 });
    expect(only(events, 'certificate')[0]).toMatchObject({ trained: 2, moved: 2 });
    // the selected step of each sample is its lowest
    for (const at of [0, 1, 2]) {
      const own = only(events, 'eval').slice(0, -1).filter(({ step }) => step > at * 6 && step <= at * 6 + 6).map(({ metrics }) => metrics[0]?.value ?? NaN); // prettier-ignore
      expect(Math.min(...own)).toBe(far?.values?.[at]);
    }
  });

  it('is the same whichever others run', async () => {
    const whole = samplesOf((await run(experiment({ train: 'restarts: 2 keep best' }))).folder);
    const alone = samplesOf((await run(experiment({ data: ' |> filter(name == "b")', train: 'restarts: 2 keep best' }))).folder); // prettier-ignore
    expect([...alone.values()]).toEqual([whole.get('0002.safetensors')]);
  });

  it('holds what a frozen tower makes of the sample, and computes the rest at every step', async () => {
    const { program } = await run(experiment());
    const [stage] = program.stages;
    const reads = (fn: ProgramFunction | undefined): string[] => Object.values(fn?.inputs ?? {}).flatMap((source) => (source.kind === 'parameter' ? [source.name] : source.kind === 'column' ? [`column ${source.column}`] : [source.kind])).sort(); // prettier-ignore
    expect(Object.values(stage?.features?.describes ?? {})).toEqual(['tower(one)']);
    expect(reads(stage?.features)).toEqual(['column x', 'tower.bias', 'tower.weight']);
    expect(reads(stage?.step)).toContain('feature');
    expect(reads(stage?.starts)).toEqual(['column x', 'random']);
    expect(program.parameters.find(({ name }) => name === 'p.value')?.init).toEqual({ kind: 'sample' });
    // only its start reads it
    expect(program.parameters.some(({ owner }) => owner === 'jitter')).toBe(false);
  });

  it('draws once what steps read too', async () => {
    const { program } = await run(experiment().replace('+ 0.01 *', '+ 0 * mean(jitter) + 0.01 *'));
    const sources = Object.values(program.stages[0]?.starts?.inputs ?? {});
    expect(sources).toContainEqual({ kind: 'parameter', name: 'jitter.value' });
    expect(program.parameters.find(({ name }) => name === 'jitter.value')).toMatchObject({ state: 'frozen', init: { kind: 'uniform' } }); // prettier-ignore
  });

  it('starts where the formula says, from draws of the sample and of the restart', async () => {
    const still = experiment({ train: 'restarts: 2 keep best' }).replace('adam(lr: 0.1)', 'sgd(lr: 0)');
    const { folder: path, events } = await run(still);
    expect(only(events, 'warning').map(({ code }) => code)).toContain('CX8232');
    const kept = [...samplesOf(path).values()];
    for (const [at, { 'p.value': p = [], 'q.value': q = [] }] of kept.entries()) {
      const starts = [`@${at + 1}`, `@${at + 1}#1`].map((draw) => ({
        p: Array.from({ length: 3 }, (_, k) => Math.fround(Math.fround((points[at]?.[k] ?? 0) / 2) + Math.fround(stream(1, `init:jitter.value${draw}`).uniform(k) - 0.5))),
        q: stream(1, `init:q.value${draw}`).normal(0),
      }));
      const far = starts.map((start) => start.p.reduce((sum, value, k) => sum + (value - (points[at]?.[k] ?? 0)) ** 2, 0));
      const best = (far[1] ?? 0) < (far[0] ?? 0) ? 1 : 0;
      expect(p[0]).toBeCloseTo(starts[best]?.p[0] ?? NaN, 6);
      expect(p[2]).toBeCloseTo(starts[best]?.p[2] ?? NaN, 6);
      expect(q[0]).toBeCloseTo(starts[best]?.q ?? NaN, 6);
    }
    // other draws for every sample
    expect(new Set(kept.map((each) => each['q.value']?.[0])).size).toBe(3);
  }); // prettier-ignore

  it('leaves no one set of parameters for another run', async () => {
    const { folder: path, program } = await run(experiment());
    await expect(readRunParameters(path, program, 1, '/')).rejects.toMatchObject({ code: 'CX8255', fault: 'user' });
    const wanted = { kind: 'run', run: 'apart', place: 'p', tensor: 'value' } as const;
    const tensor = program.parameters.find(({ name }) => name === 'p.value');
    if (tensor === undefined) throw new Error('no tensor');
    const reading = readRunWeights([{ ...tensor, init: wanted }], {
      projectRoot: '/',
      runsFolder: join(folder, 'runs'),
    });
    await expect(reading).rejects.toMatchObject({ code: 'CX8209', fault: 'user' });
  });

  it('keeps the best of its restarts', async () => {
    const { events, outcome } = await run(experiment({ train: 'restarts: 3 keep best' }));
    expect(outcome.steps).toBe(54);
    const told = only(events, 'eval').slice(0, -1);
    outcome.results[0]?.metrics[0]?.values?.forEach((value, at) => {
      const own = told.filter(({ step }) => step > at * 18 && step <= at * 18 + 18);
      expect(own.length).toBeGreaterThanOrEqual(9);
      expect(value).toBe(Math.min(...own.map(({ metrics }) => metrics[0]?.value ?? NaN)));
    });
  });

  it('ends a restart that does not become better, and begins the next one', async () => {
    const { events, outcome } = await run(experiment({ train: 'restarts: 2 keep best  stop: patience(2 steps, change: 100)' })); // prettier-ignore
    // nothing is better by 100 than what the second step measured: each restart has four
    expect(outcome.steps).toBe(3 * 2 * 4);
    expect(only(events, 'sample').map(({ begunAt }) => begunAt)).toEqual([0, 8, 16]);
  });

  it.each([1, 3, 5, 6, 7, 12, 13, 17, 18])('goes on after %i steps as if it had not stopped', async (stopAfter) => {
    const text = experiment({ train: 'restarts: 2 keep best  ema: 0.5' }).replace('steps: 6', 'steps: 3');
    const whole = await run(text);
    const first = await run(text, { stopAfter });
    expect(first.outcome.status).toBe('interrupted');
    const second = await run(text, { resume: first.folder });
    expect(second.outcome.status).toBe('complete');
    expect(samplesOf(second.folder)).toEqual(samplesOf(whole.folder));
    expect(second.outcome.results).toEqual(whole.outcome.results);
    // the log of the two sittings is that of the one, but for a sample that was begun and gone on with
    const told = numbers(readEvents(runPaths(second.folder).events)).filter((event) => !isSample(event));
    expect(told).toEqual(numbers(whole.events).filter((event) => !isSample(event)));
  });

  it('comes to the same on every engine', async () => {
    const text = experiment({ train: 'restarts: 2 keep best  ema: 0.5' });
    const expected = [...samplesOf((await run(text)).folder).values()];
    for (const backend of ['onnxruntime-node', 'tensorflow'] as const) {
      if (!(await isEngineHere(backend))) continue;
      const { outcome, folder: path } = await run(text, { backend });
      expect(outcome.status).toBe('complete');
      for (const [at, tensors] of [...samplesOf(path).values()].entries())
        for (const [name, values] of Object.entries(tensors))
          values.forEach((value, k) => expect(value).toBeCloseTo(expected[at]?.[name]?.[k] ?? NaN, 4));
    }
  }, 60_000);
});

describe('a sketch of each picture', () => {
  const sketch = `clipx 1
experiment sketch
axis stroke: item = 2
axis control: position = 4
axis xy = 2
input picture : image(16, fit: contain)
data targets = jsonl("FOLDER/pictures.jsonl") { picture: "picture" }
let canvas = picture[batch: 0]
frozen param r : [stroke, control, xy] = uniform(-5, 5)
trainable param P : [stroke, control, xy] = 6 + 4 * mean(canvas) + r
let ink = bezier_strokes(P, like: canvas, pen: 1.5, σ: 0.5)
let drawing = expand(prod(1 - ink, over: stroke), channel: 3)
augment [view: 2] (a, b) = (canvas, drawing) |> random_perspective(0.5, p: 50 %, fill: white) |> crop(0.8..0.8)
loss L = mean((a - b) ^ 2)
minimize L
train on each targets { steps: 3  optimizer: adam(lr: 0.5)  restarts: 2 keep best }
evaluate on each targets { every: 1 steps  best: min(far)  metric far = mean((canvas - drawing) ^ 2)  metric seen = mean((a - b) ^ 2) }
`;

  it('is drawn alike by every engine, through views that it draws at each step', async () => {
    const folder = temporaryFolder();
    for (const [name, at] of [
      ['ring', 5],
      ['dot', 9],
    ] as const) {
      // prettier-ignore
      const disc = `<svg xmlns="http://www.w3.org/2000/svg" width="16" height="16"><rect width="16" height="16" fill="#fff"/><circle cx="${at}" cy="8" r="4" fill="none" stroke="#000"/></svg>`;
      await sharp(Buffer.from(disc)).png().toFile(join(folder, `${name}.png`)); // prettier-ignore
    }
    writeFileSync(join(folder, 'pictures.jsonl'), '{"picture":"ring.png"}\n{"picture":"dot.png"}');
    const run = (backend?: BackendName): Promise<RanText> => runText(folder, sketch, backend === undefined ? {} : { backend }); // prettier-ignore
    const expected = await run();
    const [metrics] = expected.outcome.results;
    // in an evaluation each view has its one form
    expect(metrics?.metrics[1]?.values).toEqual(metrics?.metrics[0]?.values);
    const totals = (ran: RanText): number[] => only(ran.events, 'step').map(({ total }) => total ?? NaN);
    expect(new Set(totals(expected)).size).toBe(12);
    for (const backend of ['onnxruntime-node', 'tensorflow'] as const) {
      if (!(await isEngineHere(backend))) continue;
      const ran = await run(backend);
      totals(ran).forEach((total, at) => expect(total).toBeCloseTo(totals(expected)[at] ?? NaN, 4));
      ran.outcome.results[0]?.metrics[0]?.values?.forEach((value, at) => expect(value).toBeCloseTo(metrics?.metrics[0]?.values?.[at] ?? NaN, 4)); // prettier-ignore
    }
  }, 60_000);
});

const isSample = (event: unknown): boolean => typeof event === 'object' && event !== null && 'event' in event && event.event === 'sample'; // prettier-ignore
