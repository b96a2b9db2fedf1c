/** `restarts: 3 keep best` over a whole data set, with moving averages and with a rule of stopping, on every engine. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { readCheckpoint } from '../../src/runtime/checkpoint.ts';
import { runPaths } from '../../src/runtime/records/run-folder.ts';
import { isEngineHere } from '../support/required-engines.ts';
import { runText, type RanText, type RunTextOptions } from './support/run-text.ts';
import { only, temporaryFolder } from './support/run-tiny.ts';

const experiment = (train: string): string => `clipx 1
experiment anew
axis k: item = 3
axis w: feature = 2
input x : vector(k)
input y : scalar
data seen = jsonl("FOLDER/seen.jsonl") { x: "x"  y: "y" }
data val  = jsonl("FOLDER/val.jsonl") like seen
trainable module hidden = linear(k -> w)
trainable param out : [w] = normal(1)
let guess = sum(tanh(hidden(x)) * out, over: w)
loss L = mean((guess - y) ^ 2)
minimize L
train on seen { steps: 6  batch: 4  optimizer: adam(lr: 0.05)  restarts: 3 keep best  ${train} }
evaluate on val { every: 2 steps  best: min(error)  metric error = mean((guess - y) ^ 2) }
`;

let folder: string;

beforeEach(() => {
  folder = temporaryFolder();
  const rows = (count: number, from: number): string =>
    Array.from({ length: count }, (_, at) => {
      const x = [Math.sin(at + from), Math.cos(3 * at + from), Math.sin(7 * at)];
      return JSON.stringify({ x, y: Math.tanh((x[0] ?? 0) - (x[2] ?? 0)) });
    }).join('\n');
  writeFileSync(join(folder, 'seen.jsonl'), rows(12, 0));
  writeFileSync(join(folder, 'val.jsonl'), rows(6, 5));
});

const run = (text: string, options: RunTextOptions = {}): Promise<RanText> => runText(folder, text, options);

async function parametersOf(ran: RanText): Promise<Record<string, number[]>> {
  const checkpoint = await readCheckpoint(runPaths(ran.folder).checkpoint);
  return Object.fromEntries([...(checkpoint?.parameters ?? [])].map(([name, value]) => [name, [...value]]));
}

const errors = ({ events }: RanText): number[] => only(events, 'eval').map(({ metrics }) => metrics[0]?.value ?? NaN);

describe('restarts', () => {
  it('keep the best of all, by what selects', async () => {
    const ran = await run(experiment(''));
    expect(ran.outcome.steps).toBe(18);
    expect(errors(ran)).toHaveLength(9);
    expect(ran.outcome.results[0]?.metrics[0]?.value).toBe(Math.min(...errors(ran)));
    const { best } = (await readCheckpoint(runPaths(ran.folder).checkpoint))?.state ?? {};
    expect(only(ran.events, 'eval').find(({ step }) => step === best?.step)?.metrics[0]?.value).toBe(best?.value);
  });

  it.each([['ema: 0.8'], ['stop: patience(2 steps, change: 0.2)'], ['ema: 0.8  stop: patience(2 steps, change: 0.2)']])(
    'with `%s` go on as if they had not stopped',
    async (train) => {
      const text = experiment(train);
      const whole = await run(text);
      for (const stopAfter of [2, 5, 6, 7, 9]) {
        const first = await run(text, { stopAfter });
        if (first.outcome.status === 'complete') continue;
        const second = await run(text, { resume: first.folder });
        expect(second.outcome.results).toEqual(whole.outcome.results);
        expect(await parametersOf(second)).toEqual(await parametersOf(whole));
      }
    },
  );

  it('end early where nothing becomes better, and each begins its patience anew', async () => {
    const ran = await run(experiment('stop: patience(2 steps, change: 100)'));
    expect(ran.outcome.steps).toBe(3 * 4);
    expect(only(ran.events, 'step').map(({ learningRate }) => learningRate)).toHaveLength(12);
  });

  it.each(['onnxruntime-node', 'tensorflow'] as const)(
    'come to the same on %s, with moving averages',
    async (backend) => {
      if (!(await isEngineHere(backend))) return;
      const text = experiment('ema: 0.8');
      const [expected, found] = [await run(text), await run(text, { backend })];
      errors(found).forEach((error, at) => expect(error).toBeCloseTo(errors(expected)[at] ?? NaN, 4));
      const wanted = await parametersOf(expected);
      for (const [name, values] of Object.entries(await parametersOf(found)))
        values.forEach((value, at) => expect(value).toBeCloseTo(wanted[name]?.[at] ?? NaN, 3));
    },
    60_000,
  );
});
