import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { expectSchema } from './fits-schema.ts';
import { clipx, newFolder } from './support.ts';

const text = `clipx 1

experiment pairs "Pictures and words that nobody has yet"

input photo: image(32)
input said : text
input kind : class(kind)

data train = shards("data/train-*.tar") { photo: "png"  said: "json.said"  kind: "json.kind" }
data test  = shards("data/test-*.tar") like train |> mark(test)

vocabulary kind from train.kind

trainable encoder clip = clip(
  joint: 512,
  image: vit(size: 32, patch: 4, width: 768, layers: 12, heads: 12),
  text: text_transformer(context: 16, vocabulary: 49408, width: 512, layers: 12, heads: 8, tokenizer: "words.json"),
  init: random,
)

let x = normalize(clip.image(photo))
let t = normalize(clip.text(said))
let s = 10 * dot(x, t[batch as other])

loss L = mean(log(sum(exp(s), over: other)) - 10 * dot(x, t))
minimize L
train on train { epochs: 30  batch: 512  optimizer: adamw(lr: 1e-4, decay: 0.1)  schedule: cosine(warmup: 2000 steps) }

prompt named over kind = "a photo of a {kind}."
evaluate on test { metric top1 = mean(argmax(dot(x, normalize(clip.text(named))), over: kind) == kind) in % }
`;

vi.setConfig({ testTimeout: 300_000 });

/** A project without data, weights or tokenizer. */
function project(): string {
  const folder = newFolder('random');
  writeFileSync(join(folder, 'clipx.json'), '{}');
  writeFileSync(join(folder, 'pairs.clipx'), text);
  return folder;
}

const quietly = ['--progress', 'none', '--backend', 'reference'];

test('a file whose data are not there runs small, and everything says that its numbers mean nothing', async () => {
  const cwd = project();
  const called = await clipx(['run', 'pairs.clipx', '--random-data', '--steps', '3', ...quietly], { cwd });
  expect(called).toMatchObject({ code: 0 });
  expect(called.stdout).toContain('complete after 3 steps');
  expect(called.stdout).toContain('RANDOM DATA, a small model: the file runs, and the numbers mean nothing');
  const folder = join(cwd, 'runs', readdirSync(join(cwd, 'runs'))[0] ?? '');
  const read = (file: string): string => readFileSync(join(folder, file), 'utf8');
  expect(JSON.parse(read('run.json'))).toMatchObject({ random: true, state: 'complete' });
  expect(read('events.ndjson')).toContain('CX8115');
  expect(read('report.html')).toContain('the numbers mean nothing');
  // neither twelve layers nor forty thousand words
  expect(JSON.parse(read('program.json'))).toMatchObject({
    encoders: [{ config: { joint: 16, image: { layers: 2 } } }],
  });
});

test('the same command gives the same numbers', async () => {
  const cwd = project();
  const results = async (): Promise<unknown> => {
    const { stdout } = await clipx(['run', 'pairs.clipx', '--random-data', '--json', ...quietly], { cwd });
    const { runs } = expectSchema(stdout, 'result') as { runs: { results: unknown }[] };
    expect(runs).toMatchObject([{ random: true, status: 'complete', steps: 2 }]);
    return runs.map((run) => run.results);
  };
  expect(await results()).toEqual(await results());
});

test('the plan of such a run opens nothing', async () => {
  const { code, stdout, stderr } = await clipx(['plan', 'pairs.clipx', '--random-data'], { cwd: project() });
  expect(stderr).not.toContain('can not be opened');
  expect(code).toBe(0);
  expect(stdout).toMatch(/2 steps/);
});

test('a package of it has the samples, and reads nothing else', async () => {
  const cwd = project();
  const made = await clipx(['compile', 'pairs.clipx', '--emit', 'pytorch', '--random-data', '--steps', '3', '-o', 'small'], { cwd }); // prettier-ignore
  expect(made).toMatchObject({ code: 0 });
  const read = (file: string): unknown => JSON.parse(readFileSync(join(cwd, 'small', file), 'utf8'));
  expect(read('program.json')).toMatchObject({ random: true, stages: [{ steps: 3 }] });
  expect(read('made_up.json')).toMatchObject([{ kind: 'shards', path: 'data/train-*.tar' }, { kind: 'shards', path: 'data/test-*.tar' }]); // prettier-ignore
  const other = await clipx(['compile', 'pairs.clipx', '--random-data'], { cwd });
  expect(other).toMatchObject({ code: 2 });
  expect(other.stderr).toContain('--emit pytorch');
});

test('no other experiment starts from what it left', async () => {
  const cwd = project();
  await clipx(['run', 'pairs.clipx', '--random-data', ...quietly], { cwd });
  writeFileSync(
    join(cwd, 'more.clipx'),
    text
      .replace('experiment pairs', 'experiment more')
      .replace('  init: random,\n)', ') from run("pairs")')
      .replaceAll('768', '16')
      .replaceAll('512', '16')
      .replaceAll('12', '2')
      .replace('heads: 8', 'heads: 2'),
  );
  const { code, stdout, stderr } = await clipx(['plan', 'more.clipx', '--no-data'], { cwd });
  expect(code).toBe(0);
  expect(`${stdout}${stderr}`).toMatch(/there is no .*run/);
});

test('what makes no sense together is refused', async () => {
  const cwd = project();
  const alone = await clipx(['run', 'pairs.clipx', '--steps', '3'], { cwd });
  expect(alone).toMatchObject({ code: 2 });
  expect(alone.stderr).toContain('--steps is of --random-data');
  const study = await clipx(['run', 'pairs.clipx', '--random-data', '--save-study'], { cwd });
  expect(study).toMatchObject({ code: 2 });
  expect(study.stderr).toContain('no study');
});
