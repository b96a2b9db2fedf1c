/** `from run("pretrain")`: what a finished run of another experiment left. Checked against the numbers of that run and its own files. */
import { mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { expect, test } from 'vitest';
import type { RunRecord } from '../../src/runtime/records/run-record.ts';
import { stream } from '../../src/runtime/random.ts';
import { readSafetensors } from '../../src/runtime/weights/safetensors.ts';
import { tensorDigest } from '../../src/runtime/digest.ts';
import { clipx, newFolder } from './support.ts';

const data = `axis xy = 2
axis wide = 3
input x : vector(xy)
input y : vector(xy)
data source = jsonl("points.jsonl") { x: "x"  y: "y" }
data val    = jsonl("val.jsonl") like source
data target = jsonl("val.jsonl") like source |> mark(test)
`;

const line = `clipx 1
experiment line "A line through points"
${data}
trainable module F = mlp(xy -> hidden(3) -> xy)
trainable param shift : [xy] = zeros
frozen param still : [xy] = normal(1)
let ŷ = F(x) + shift + 0 * still
loss L = mean((ŷ - y)^2)
minimize L
train on source { epochs: 6  batch: 8  optimizer: adam(lr: 0.1) }
evaluate on val, target {
  metric error = mean((ŷ - y)^2)
  best: min(error on val)
}
ablate terms { "slow": train.optimizer.lr = 1e-5 }
seeds 3..4
`;

/** Nothing is trained: the metric is that of the tensors as they start. */
const again = (parts: string, formula: string): string => `clipx 1
experiment again "The same, without training"
${data}
${parts}
let ŷ = ${formula}
evaluate on target { metric error = mean((ŷ - y)^2) }
`;

const same = again(
  'frozen module F = mlp(xy -> hidden(3) -> xy) from run("line")\nfrozen param shift : [xy] = from run("line")',
  'F(x) + shift',
);

function project(files: Readonly<Record<string, string>>): string {
  const folder = newFolder('from-run');
  const random = stream(7, 'points');
  const points = (from: number, count: number): string =>
    Array.from({ length: count }, (_, index) => {
      const x = [random.uniform(2 * (from + index)) - 0.5, random.uniform(2 * (from + index) + 1) - 0.5] as const;
      return `${JSON.stringify({ x, y: [x[0] + 2 * x[1], 3 * x[0] + 4 * x[1]] })}\n`;
    }).join('');
  writeFileSync(join(folder, 'clipx.json'), '{ "backend": "reference" }');
  writeFileSync(join(folder, 'points.jsonl'), points(0, 48));
  writeFileSync(join(folder, 'val.jsonl'), points(100, 12));
  mkdirSync(join(folder, 'first'));
  writeFileSync(join(folder, 'first', 'line.clipx'), line);
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  return folder;
}

interface Answer {
  readonly runs: readonly { readonly folder: string; readonly results: readonly { readonly data: string; readonly metrics: readonly { readonly value: number }[] }[] }[]; // prettier-ignore
}

async function run(cwd: string, ...words: string[]): Promise<{ error: number; folder: string }> {
  const called = await clipx(['run', ...words, '--progress', 'none', '--json'], { cwd });
  expect(called.stderr).toBe('');
  expect(called.code).toBe(0);
  const [first] = (JSON.parse(called.stdout) as Answer).runs;
  const result = first?.results.find((each) => each.data === 'target');
  return { error: result?.metrics[0]?.value ?? NaN, folder: relative(cwd, first?.folder ?? '') };
}

const recordOf = (cwd: string, folder: string): RunRecord =>
  JSON.parse(readFileSync(join(cwd, folder, 'run.json'), 'utf8')) as RunRecord;

test('a frozen part is as the selected checkpoint of that run left it: it measures the same', async () => {
  const cwd = project({ 'again.clipx': same });
  const first = await run(cwd, 'first/line.clipx');
  await run(cwd, 'first/line.clipx', '--seeds', '4');
  await run(cwd, 'first/line.clipx', '--variants', 'slow');
  const second = await run(cwd, 'again.clipx');
  expect(second.error).toBe(first.error);
  // what was read stands in the record
  const [source] = recordOf(cwd, second.folder).weights ?? [];
  expect(source).toMatchObject({ run: 'line', row: 'full', seed: 3, parts: ['F', 'shift'], tensors: 5 });
  expect(join(cwd, source?.folder ?? '')).toBe(join(cwd, first.folder));
  const best = readSafetensors(join(cwd, first.folder, 'best', 'weights.safetensors'));
  expect([...best.keys()].sort()).toEqual([
    'F.layers.0.bias',
    'F.layers.0.weight',
    'F.layers.1.bias',
    'F.layers.1.weight',
    'shift.value',
  ]);
}, 60_000);

test('the row, the seed, a folder and a part can be said', async () => {
  const named = (reference: string): string => same.replaceAll('run("line")', reference);
  const cwd = project({
    'seed.clipx': named('run("line", seed: 4)'),
    'row.clipx': named('run("line", row: "slow", seed: 4)'),
    'part.clipx': again(
      'frozen module G = mlp(xy -> hidden(3) -> xy) from run("line").F\nfrozen param by : [xy] = from run("line").shift',
      'G(x) + by',
    ),
    'fits.clipx': again(
      'frozen module G = mlp(xy -> hidden(3) -> xy) from run("line")\nfrozen param shift : [xy] = from run("line")',
      'G(x) + shift',
    ),
    'still.clipx': again('frozen param still : [xy] = from run("line")', 'still + 0 * x'),
  });
  const first = await run(cwd, 'first/line.clipx');
  const other = await run(cwd, 'first/line.clipx', '--seeds', '4');
  const slow = await run(cwd, 'first/line.clipx', '--seeds', '4', '--variants', 'slow');
  expect((await run(cwd, 'seed.clipx')).error).toBe(other.error);
  expect((await run(cwd, 'row.clipx')).error).toBe(slow.error);
  expect((await run(cwd, 'part.clipx')).error).toBe(first.error);
  const fits = await run(cwd, 'fits.clipx');
  expect(fits.error).toBe(first.error);
  expect(recordOf(cwd, fits.folder).weights?.[0]?.parts).toEqual(['G from F', 'shift']);
  writeFileSync(join(cwd, 'folder.clipx'), named(`run("${other.folder}")`));
  expect((await run(cwd, 'folder.clipx')).error).toBe(other.error);
  // frozen there: as it began, which no checkpoint holds; the digest in the checkpoint says that it is the same
  const still = await run(cwd, 'still.clipx');
  const state = readdirSync(join(cwd, first.folder, 'checkpoint')).includes('state.json');
  expect(state).toBe(true);
  const { frozen } = JSON.parse(readFileSync(join(cwd, first.folder, 'checkpoint', 'state.json'), 'utf8')) as { frozen: Record<string, string> }; // prettier-ignore
  const end = JSON.parse(readFileSync(join(cwd, still.folder, 'checkpoint', 'state.json'), 'utf8')) as { frozen: Record<string, string> }; // prettier-ignore
  expect(end.frozen['still.value']).toBe(frozen['still.value']);
  const drawn = new Float32Array(2);
  stream(3, 'init:still.value').fillNormal(drawn);
  expect(end.frozen['still.value']).toBe(tensorDigest(drawn));
}, 120_000);

test('what can not be read is said before anything trains', async () => {
  const cwd = project({
    'again.clipx': same,
    'typo.clipx': same.replaceAll('"line"', '"lines"'),
    'wide.clipx': again('frozen module F = mlp(xy -> hidden(4) -> xy) from run("line")', 'F(x)'),
    'other.clipx': again('frozen module F = linear(xy -> xy) from run("line").Q', 'F(x)'),
  });
  // checked, compiled and planned without a run
  expect((await clipx(['check', 'again.clipx'], { cwd })).code).toBe(0);
  const before = await clipx(['plan', 'again.clipx'], { cwd });
  expect(before.stdout).toContain('weights of F, shift from run("line"): there is no run of `line`, its first seed in runs; there is no run yet; make one: `clipx run first/line.clipx`'); // prettier-ignore
  const fails = async (file: string): Promise<string> => {
    const { code, stderr, stdout } = await clipx(['run', file, '--progress', 'none'], { cwd });
    expect(code).toBe(3);
    return `${stdout}${stderr}`;
  };
  expect(await fails('again.clipx')).toMatch(/CX8207[^]*make one: `clipx run first\/line\.clipx`/);
  const { folder } = await run(cwd, 'first/line.clipx');
  expect((await clipx(['plan', 'again.clipx'], { cwd })).stdout).toContain(`weights of F, shift from run("line"): ${folder}`); // prettier-ignore
  expect(await fails('typo.clipx')).toMatch(/CX8207[^]*there are runs of `again`, `line`[^]*did you mean `line`\?/);
  const wide = await fails('wide.clipx');
  expect(wide).toMatch(/CX8209/);
  expect(wide).toContain('`F.layers.0.weight` is [3, 2], expected [4, 2]');
  expect(wide).toContain('`F.layers.1.weight` is [2, 3], expected [2, 4]');
  expect(await fails('other.clipx')).toMatch(/CX8209[^]*it has no part `Q`, which `F` starts from[^]*it has `F`, `shift`, `still`/); // prettier-ignore
  // not complete
  const path = join(cwd, folder, 'run.json');
  const record = JSON.parse(readFileSync(path, 'utf8')) as RunRecord;
  writeFileSync(path, JSON.stringify({ ...record, state: 'interrupted' }));
  expect(await fails('again.clipx')).toMatch(/CX8208[^]*is interrupted, not complete[^]*clipx resume/);
  renameSync(join(cwd, folder), join(cwd, 'gone'));
  expect(await fails('again.clipx')).toMatch(/CX8207/);
}, 120_000);

test('the digest of an experiment names the run, not what it left', async () => {
  const cwd = project({ 'again.clipx': same, 'seed.clipx': same.replaceAll('run("line")', 'run("line", seed: 4)') });
  const digest = async (file: string): Promise<unknown> => {
    const plan = JSON.parse((await clipx(['plan', file, '--json'], { cwd })).stdout) as {
      digests: { semantic: string };
    };
    return plan.digests.semantic;
  };
  const before = await digest('again.clipx');
  expect(await digest('seed.clipx')).not.toBe(before);
  await run(cwd, 'first/line.clipx');
  expect(await digest('again.clipx')).toBe(before);
}, 60_000);

test('a cell of a study is run again when the run that it starts from, or a weights file, is another', async () => {
  const cwd = project({ 'again.clipx': same });
  const study = ['run', 'again.clipx', '--seeds', '1,2', '--progress', 'none', '--json'];
  const folders = async (): Promise<readonly string[]> => {
    const called = await clipx(study, { cwd });
    expect(called.code, called.stderr).toBe(0);
    return (JSON.parse(called.stdout) as Answer).runs.map(({ folder }) => folder);
  };
  await run(cwd, 'first/line.clipx');
  const before = await folders();
  expect(await folders()).toEqual(before);
  // the latest run of the same name holds other numbers
  writeFileSync(join(cwd, 'first', 'line.clipx'), line.replace('lr: 0.1', 'lr: 0.05'));
  await run(cwd, 'first/line.clipx');
  const after = await folders();
  expect(after.some((folder) => before.includes(folder))).toBe(false);
  expect(await folders()).toEqual(after);
}, 120_000);
