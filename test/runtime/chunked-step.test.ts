/** `chunk:`: the step of the whole batch, held in memory a chunk at a time. Held against the same file without `chunk:`, on every engine. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { compile } from '../../src/compiler/compile.ts';
import { graphCost } from '../../src/compiler/plan/cost.ts';
import type { BackendName } from '../../src/runtime/backends/backend.ts';
import { stream } from '../../src/runtime/random.ts';
import { readCheckpoint } from '../../src/runtime/checkpoint.ts';
import { runPaths } from '../../src/runtime/records/run-folder.ts';
import { repository } from '../support/fixtures.ts';
import { isEngineHere } from '../support/required-engines.ts';
import { only, temporaryFolder } from './support/run-tiny.ts';
import { runText } from './support/run-text.ts';

let folder: string;

beforeEach(() => {
  folder = temporaryFolder();
  const random = stream(5, 'pairs');
  const vector = (at: number): number[] => [...random.fillNormal(new Float32Array(6), 6 * at)];
  const lines = Array.from({ length: 48 }, (_, at) => JSON.stringify({ x: vector(2 * at), y: vector(2 * at + 1), z: vector(2 * at).slice(0, 3), who: String(at % 7) })); // prettier-ignore
  writeFileSync(join(folder, 'pairs.jsonl'), lines.join('\n'));
});

/** Two towers with dropout, a frozen one whose features are kept, a temperature, a param that the loss alone reads and one that both do. */
const experiment = (train: string, lets = ''): string => `clipx 1
experiment chunks
axis d = 6
axis joint = 5
input x : vector(d)
input y : vector(d)
input who : id
axis place: position = 3
input z : vector(place)
data pairs = jsonl("FOLDER/pairs.jsonl") { x: "x"  y: "y"  z: "z"  who: "who" }
trainable module A = linear(d -> hidden(8)) |> layer_norm |> gelu |> dropout(0.3) |> linear(hidden -> joint)
trainable module B = mlp(d -> hidden(7) -> joint)
frozen module F = mlp(d -> hidden(7) -> joint)
trainable param t = 0.5
trainable param shift : [joint] = normal(0.3)
trainable param both : [joint] = normal(1)
trainable param first : [joint] = normal(1)
trainable param lift : [joint] = normal(1)
# a class token stands before what each sample has
let tokens = concat(first, z * lift, along: place as slot)
let a = normalize(A(x) + both + mean(gelu(tokens), over: slot))
let b = normalize(B(y))
let f = normalize(F(y))
let same = who == who[batch as other]
let s = exp(t) * dot(a + 0.1 * gaussian(like: a), (b + shift)[batch as other])
let q = same / sum(same, over: other)
loss L_pair = -mean(sum(q * log_softmax(s, over: other), over: other))
loss L_kept = mean((dot(a, f[batch as other]) - dot(a[batch as other], f)) ^ 2)
loss L_both = sum(both ^ 2)
weight λ = ramp(0 -> 0.5, over: 4 steps)
minimize L_pair + λ * L_kept + 0.1 * L_both
${lets}
train on pairs { steps: 4  batch: 12  ${train}  optimizer: sgd(lr: 0.2) }
`;

async function trained(text: string, backend: BackendName): Promise<{ values: Map<string, number[]>; totals: number[]; norms: number[] }> {
  const { folder: path, events } = await runText(folder, text, { backend });
  const checkpoint = await readCheckpoint(runPaths(path).checkpoint);
  const steps = only(events, 'step');
  return {
    values: new Map([...(checkpoint?.parameters ?? [])].map(([name, value]) => [name, [...value]])),
    totals: steps.map(({ total }) => total ?? NaN),
    norms: steps.map(({ gradientNorm }) => gradientNorm ?? NaN),
  };
} // prettier-ignore

async function expectSame(one: string, other: string, backend: BackendName): Promise<void> {
  const [whole, chunked] = [await trained(one, backend), await trained(other, backend)];
  chunked.totals.forEach((total, at) => expect(total).toBeCloseTo(whole.totals[at] ?? NaN, 5));
  chunked.norms.forEach((norm, at) => expect(norm).toBeCloseTo(whole.norms[at] ?? NaN, 4));
  expect([...chunked.values.keys()].sort()).toEqual([...whole.values.keys()].sort());
  for (const [name, values] of whole.values)
    values.forEach((value, at) => expect(chunked.values.get(name)?.[at], name).toBeCloseTo(value, 5));
}

const engines: readonly BackendName[] = ['reference', 'onnxruntime-node', 'tensorflow'];

describe.each(engines)('on %s', (backend) => {
  it('gives the gradients of the whole batch, draws included', async () => {
    if (!(await isEngineHere(backend))) return;
    await expectSame(experiment(''), experiment('chunk: 4'), backend);
  }, 60_000);

  it('adds up with accumulated batches', async () => {
    if (!(await isEngineHere(backend))) return;
    await expectSame(experiment('accumulate: 2'), experiment('accumulate: 2  chunk: 3'), backend);
  }, 60_000);
});

const compiled = (text: string): ReturnType<typeof compile> => compile({ path: 't.clipx', text, host: repository });

/** Towers that are wide beside their features: what a chunk is for. */
const wide = (train: string): string =>
  experiment(train).replace('hidden(8)', 'hidden(4000)').replace('hidden(7) -> joint)\nfrozen', 'hidden(4000) -> joint)\nfrozen').replace('batch: 12', 'batch: 480'); // prettier-ignore

it('holds a token that every sample has with the samples', () => {
  const [stage] = compiled(experiment('chunk: 4')).program?.stages ?? [];
  const read = (fn: { readonly inputs: object } | undefined): string[] => Object.keys(fn?.inputs ?? {}).filter((name) => /first|lift|column z/.test(name)); // prettier-ignore
  expect(read(stage?.chunk?.encode).sort()).toEqual(['column z', 'first.value', 'lift.value']);
  expect(read(stage?.chunk?.loss)).toEqual([]);
});

describe('memory', () => {
  it('is that of a chunk', () => {
    const peak = (text: string): number => {
      const [stage] = compiled(text).program?.stages ?? [];
      const functions = stage?.chunk === undefined ? [stage?.step] : [stage.chunk.encode, stage.chunk.loss, stage.step];
      return Math.max(...functions.map((fn) => (fn === undefined ? NaN : graphCost(fn.graph).peakBytes)));
    };
    expect(peak(wide('chunk: 48'))).toBeLessThan(peak(wide('')) / 4);
  });

  it('chooses the chunk where the file names memory', () => {
    const chosen = (train: string): number | undefined => compiled(wide(train)).program?.stages[0]?.chunk?.size;
    expect(chosen('memory: 1 GiB')).toBeUndefined();
    const [large, small] = [chosen('memory: 24 MiB') ?? NaN, chosen('memory: 12 MiB') ?? NaN];
    expect(480 % large).toBe(0);
    expect(small).toBeLessThan(large);
    expect(compiled(wide('memory: 1 MiB')).diagnostics.map(({ code }) => code)).toContain('CX6007');
  });
});

describe('what can not be held in chunks', () => {
  const said = (text: string): string[] =>
    compiled(text).diagnostics.filter(({ severity }) => severity === 'error').map(({ code, message }) => `${code}: ${message}`); // prettier-ignore

  it('is told', () => {
    expect(said(experiment('chunk: 5'))).toEqual(['CX5006: chunks of 5 do not make a batch of 12']);
    const norm = experiment('chunk: 4').replace('layer_norm', 'batch_norm');
    expect(said(norm)).toEqual([
      'CX6008: batch norm `A.1` takes its statistics over the batch, and a chunk is not the batch',
    ]);
    const early = experiment('chunk: 4').replace('A(x)', 'A(x - mean(x, over: batch))').replace('B(y)', 'B(y - mean(y, over: batch))').replace('z * lift', '(z - mean(z, over: batch)) * lift'); // prettier-ignore
    expect(said(early)).toEqual([
      'CX6008: nothing that the stage `main` trains is computed sample by sample, so that `chunk:` would hold nothing back',
    ]);
    expect(said(norm.replace('trainable module A', 'frozen module A'))).toEqual([]);
  });
});
