/** `clipx export RUN`: the inference graph of a run, held against the run's own metrics and a plain onnxruntime. */
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { beforeAll, describe, expect, test } from 'vitest';
import { stream } from '../../src/runtime/random.ts';
import { modelProto } from '../../src/compiler/lower/targets/onnx/onnx-proto.ts';
import { readSafetensors } from '../../src/runtime/weights/safetensors.ts';
import { expectSchema } from './fits-schema.ts';
import { decodeImage } from '../../src/runtime/data/image/decode.ts';
import { clipx, newFolder } from './support.ts';

const experiment = `clipx 1
experiment small "A small one"

axis d = 2
axis joint = 6
input face : image(16)
input y    : vector(d)
input kind : class(kind)
vocabulary kind = ["a", "b", "c"]
data seen = jsonl("seen.jsonl") { face: "face"  y: "y"  kind: "kind" }
data held = jsonl("held.jsonl") like seen |> mark(test)

frozen    encoder teacher = vit(size: 16, patch: 8, width: 16, layers: 1, heads: 2, to: joint)
trainable encoder E = vit(size: 16, patch: 8, width: 16, layers: 1, heads: 2, preprocess: torchvision, crop: 80 %, to: joint)
trainable module  F = linear(joint -> d)
frozen    encoder words = text_transformer(context: 8, vocabulary: 4300, width: 16, layers: 1, heads: 2, tokenizer: "clip-small.json", to: joint)
prompt called over kind = "a {kind}"
let t = words(called)
let f = E(face)
let ŷ = F(f)
loss L = mean((ŷ - y) ^ 2) + mean((f - teacher(face)) ^ 2) + mean(logsumexp(dot(f, t), over: kind))
minimize L
train on seen { steps: 6  batch: 4  optimizer: adam(lr: 1e-2) }
evaluate on held {
  metric error = mean((ŷ - y) ^ 2)
  metric hits  = mean(argmax(dot(f, t), over: kind) == kind)
}
seeds 3..3
`;

const faces = 10;
let project = '';
let run = '';
let metrics: Readonly<Record<string, number>> = {};
/** As the encoder that trains asks for it. */
const prepared = { height: 16, width: 16, fit: 'cover', preprocess: 'torchvision', crop: 0.8, interpolation: 'bilinear' } as const; // prettier-ignore
let pixels: Uint8Array[] = [];
let rows: { readonly y: readonly number[]; readonly kind: string }[] = [];

beforeAll(async () => {
  project = newFolder('export');
  const random = stream(5, 'export');
  mkdirSync(join(project, 'faces'));
  let at = 0;
  const lines: string[] = [];
  for (let face = 0; face < faces; face++) {
    const data = Uint8Array.from({ length: 16 * 16 * 3 }, () => Math.floor(256 * random.uniform(at++)));
    const file = await sharp(data, { raw: { width: 16, height: 16, channels: 3 } })
      .png()
      .toBuffer();
    writeFileSync(join(project, 'faces', `${face}.png`), file);
    pixels.push(await decodeImage(file, prepared));
    const row = { y: [random.uniform(at++), random.uniform(at++)], kind: ['a', 'b', 'c'][face % 3] ?? 'a' };
    rows.push(row);
    lines.push(JSON.stringify({ face: `faces/${face}.png`, ...row }));
  }
  writeFileSync(join(project, 'clipx.json'), '{ "backend": "onnxruntime-node" }');
  writeFileSync(join(project, 'seen.jsonl'), `${lines.slice(0, 5).join('\n')}\n`);
  writeFileSync(join(project, 'held.jsonl'), `${lines.slice(5).join('\n')}\n`);
  writeFileSync(join(project, 'small.clipx'), experiment);
  copyFileSync('data/tokenizer/clip-small.json', join(project, 'clip-small.json'));
  pixels = pixels.slice(5);
  rows = rows.slice(5);
  const called = await clipx(['run', 'small.clipx', '--progress', 'none', '--json'], { cwd: project });
  expect(called.stderr).toBe('');
  const [first] = (JSON.parse(called.stdout) as { runs: { folder: string; results: { metrics: { name: string; value: number }[] }[] }[] }).runs; // prettier-ignore
  run = first?.folder ?? '';
  metrics = Object.fromEntries((first?.results.at(-1)?.metrics ?? []).map(({ name, value }) => [name, value]));
});

interface Message {
  readonly graph: {
    readonly initializer: readonly { readonly name: string; readonly dataLocation?: number }[];
    readonly input: readonly { readonly name: string; readonly type: { readonly tensorType: { readonly shape: { readonly dim: readonly { readonly dimParam?: string }[] } } } }[]; // prettier-ignore
    readonly output: readonly { readonly name: string }[];
  };
}

const decoded = (folder: string): Message =>
  modelProto.toObject(modelProto.decode(readFileSync(join(folder, 'model.onnx')))) as Message;

async function predict(folder: string, batch: readonly Uint8Array[]): Promise<Readonly<Record<string, Float32Array>>> {
  const { InferenceSession, Tensor } = await import('onnxruntime-node');
  const session = await InferenceSession.create(join(folder, 'model.onnx'));
  const data = new Uint8Array(batch.length * 16 * 16 * 3);
  batch.forEach((each, at) => data.set(each, at * each.length));
  const results = await session.run({ face: new Tensor('uint8', data, [batch.length, 16, 16, 3]) });
  await session.release();
  return Object.fromEntries(Object.entries(results).map(([name, { data: values }]) => [name, values as Float32Array]));
}

describe('the inference graph of a run', () => {
  test('gives what the run measured, for any number of samples', async () => {
    const folder = join(project, 'out');
    const called = await clipx(['export', run, '-o', 'out'], { cwd: project });
    expect(called.stderr).toBe('');
    expect(called.stdout).toContain('ŷ, hits');
    const whole = await predict(folder, pixels);
    const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
    const error = mean(rows.flatMap(({ y }, row) => y.map((value, at) => ((whole['ŷ']?.[row * 2 + at] ?? 0) - value) ** 2))); // prettier-ignore
    expect(error).toBeCloseTo(metrics['error'] ?? Number.NaN, 5);
    const scores = whole['hits'] ?? new Float32Array();
    const hits = mean(rows.map(({ kind }, row) => {
      const own = [...scores.subarray(row * 3, row * 3 + 3)];
      return ['a', 'b', 'c'][own.indexOf(Math.max(...own))] === kind ? 1 : 0;
    })); // prettier-ignore
    expect(hits).toBeCloseTo(metrics['hits'] ?? Number.NaN, 6);
    for (const [at, picture] of pixels.entries()) {
      const alone = await predict(folder, [picture]);
      expect(alone['ŷ']?.[0]).toBeCloseTo(whole['ŷ']?.[at * 2] ?? Number.NaN, 5);
    }
  });

  test('holds nothing but what predictions are made of', () => {
    const { graph } = decoded(join(project, 'out'));
    const names = graph.initializer.map(({ name }) => name);
    const tensors = readSafetensors(join(project, 'out', 'weights.safetensors'));
    expect(names.filter((name) => name.startsWith('E.')).length).toBeGreaterThan(10);
    // the text tower has done its work: three vectors
    expect(names.filter((name) => /^(teacher|words)\b/.test(name))).toEqual([]);
    expect(tensors.get('constant_0')?.shape).toEqual([3, 6]);
    expect(names).toEqual(expect.arrayContaining([...tensors.keys()]));
    expect(graph.input.map(({ name }) => name)).toEqual(['face']);
    expect(graph.input[0]?.type.tensorType.shape.dim[0]?.dimParam).toBe('batch');
    expect(graph.output.map(({ name }) => name)).toEqual(['ŷ', 'hits']);
  });

  test('comes with a card and a config', () => {
    const card = readFileSync(join(project, 'out', 'README.md'), 'utf8');
    for (const words of ['# A small one', '| `face` | uint8 | [batch, 16, 16, 3] |', 'kind (3: a, b, c)', '| held | held | 5 | error |', 'started from random numbers', 'resized by Pillow’s bilinear', 'the size is 20 × 20 px, of which the middle 16 × 16 px are kept', 'whole = [int(side / 0.8) for side in size]', 'Resampling.BILINEAR))[top : top + size[1]', 'session.run(["ŷ", "hits"], feeds)'])
      expect(card).toContain(words);
    const config = expectSchema(readFileSync(join(project, 'out', 'config.json'), 'utf8'), 'inference');
    expect(config).toMatchObject({ schema: 'clipx.inference/1', name: 'small', seed: 3, external: false });
  }); // prettier-ignore

  test('has the outputs that are named, and tells of one that is not there', async () => {
    await clipx(['export', run, '-o', 'feature', '--output', 'f'], { cwd: project });
    const { graph } = decoded(join(project, 'feature'));
    expect(graph.output.map(({ name }) => name)).toEqual(['f']);
    expect(graph.initializer.some(({ name }) => name.startsWith('F.') || name.startsWith('constant'))).toBe(false);
    const wrong = await clipx(['export', run, '-o', 'wrong', '--output', 'g'], { cwd: project });
    expect([wrong.code, wrong.stderr]).toEqual([3, expect.stringContaining('the experiment has no value `g`')]);
    const same = await clipx(['export', run, '-o', 'wrong', '--output', 't'], { cwd: project });
    expect([same.code, same.stderr]).toEqual([3, expect.stringContaining('`t` reads no column')]);
    const nowhere = await clipx(['export', run], { cwd: project });
    expect([nowhere.code, nowhere.stderr]).toEqual([2, expect.stringContaining('-o FOLDER')]);
  });

  test('is the same with its tensors in a file of their own, as past 2 GB', async () => {
    const { inferenceOfRun } = await import('../../src/cli/export/inference-of-run.ts');
    const { writeInference } = await import('../../src/cli/export/write-inference.ts');
    const { loadProject } = await import('../../src/cli/settings.ts');
    const folder = join(project, 'apart');
    const settings = await loadProject(project, {}, {});
    const context = { allowed: [] } as unknown as Parameters<typeof inferenceOfRun>[3];
    writeInference(await inferenceOfRun(run, { outputs: [] }, settings, context), folder, 0);
    expect(decoded(folder).graph.initializer.filter(({ dataLocation }) => dataLocation === 1).length).toBeGreaterThan(10);
    expect(await predict(folder, pixels)).toEqual(await predict(join(project, 'out'), pixels));
  }); // prettier-ignore

  test('is refused where the experiment means something else now', async () => {
    const text = readFileSync(join(run, 'experiment.clipx'), 'utf8');
    writeFileSync(join(run, 'experiment.clipx'), text.replace('1e-2', '1e-3'));
    const called = await clipx(['export', run, '-o', 'other'], { cwd: project });
    writeFileSync(join(run, 'experiment.clipx'), text);
    expect([called.code, called.stderr]).toEqual([3, expect.stringContaining('means something else now')]);
  });
});

test('an encoder of a run is written as a weights folder', async () => {
  const called = await clipx(['export', run, '--encoder', 'E', '-o', 'encoder', '--json'], { cwd: project });
  expect(called.stderr).toBe('');
  expect(JSON.parse(readFileSync(join(project, 'encoder', 'config.json'), 'utf8'))).toMatchObject({ kind: 'vit', size: 16 }); // prettier-ignore
  expect(readSafetensors(join(project, 'encoder', 'weights.safetensors')).size).toBeGreaterThan(10);
});
