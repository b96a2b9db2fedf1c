import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { RunEvent } from '../../src/runtime/events.ts';
import { savedModelProto } from '../../src/compiler/lower/targets/tensorflow/tensorflow-proto.ts';
import type { RunRecord } from '../../src/runtime/records/run-record.ts';
import { lockCell } from '../../src/cli/study/cell-lock.ts';
import { expectSchema } from './fits-schema.ts';
import { pointLines } from './line-through-points.ts';
import { clipx, newFolder } from './support.ts';

const text = `clipx 1

experiment line "A line through points"

axis xy = 2
input x : vector(xy)
input y : vector(xy)

data source = jsonl("source.jsonl") { x: "x"  y: "y" }
data target = jsonl("target.jsonl") like source |> mark(test)

trainable module F = linear(xy -> xy)
let ŷ = F(x)

loss L_fit  = mean((ŷ - y)^2)
loss L_size = mean(ŷ^2)
weight λ = 0.01
minimize L_fit + λ * L_size

train on source {
  epochs: 4
  batch: 8
  optimizer: adam(lr: 1e-2)
}

evaluate on target {
  metric error = mean((ŷ - y)^2)
}

ablate terms { "fit only": λ = 0 }
seeds 1..2
`;

function project(change: (text: string) => string = (it) => it): string {
  const folder = newFolder('run');
  writeFileSync(join(folder, 'clipx.json'), '{}');
  writeFileSync(join(folder, 'source.jsonl'), pointLines(64));
  writeFileSync(join(folder, 'target.jsonl'), pointLines(16));
  writeFileSync(join(folder, 'line.clipx'), change(text));
  return folder;
}

test('a run ends with a result, a folder that holds everything, and exit 0', async () => {
  const cwd = project();
  const called = await clipx(['run', 'line.clipx', '--progress', 'none'], { cwd });
  expect(called).toMatchObject({ code: 0, stderr: '' });
  expect(called.stdout).toMatch(/line, row full, seed 1: complete after 32 steps/);
  expect(called.stdout).toMatch(/target error +0?\.?\d+/);
  expect(called.stdout).toContain('frozen: verified 0/0, trained: moved 2/2');
  const [name] = readdirSync(join(cwd, 'runs'));
  const folder = join(cwd, 'runs', name ?? '');
  expect(called.stdout).toContain(`run folder  runs/${name}`);
  for (const file of [
    'run.json',
    'experiment.clipx',
    'program.json',
    'digests.json',
    'environment.json',
    'events.ndjson',
    'metrics.json',
    'report.html',
  ]) {
    expect(existsSync(join(folder, file)), file).toBe(true);
  }
  expect(readdirSync(join(folder, 'figures'))).toContain('loss.svg');
  expect(readFileSync(join(folder, 'report.html'), 'utf8')).toContain('moved 2/2');
});

test('--json is one document on stdout, whatever the progress', async () => {
  const called = await clipx(['run', 'line.clipx', '--json', '--progress', 'plain'], { cwd: project() });
  expect(expectSchema(called.stdout, 'result')).toMatchObject({
    schema: 'clipx.result/1',
    runs: [{ status: 'complete', steps: 32, error: null }],
  });
  expect(called.stderr).toContain('step 32/32');
});

test('--progress json streams the events of the record on stdout', async () => {
  const cwd = project();
  const called = await clipx(['run', 'line.clipx', '--progress', 'json', '--quiet'], { cwd });
  expect(called.code).toBe(0);
  const streamed = await clipx(['run', 'line.clipx', '--progress', 'json'], { cwd });
  const lines = streamed.stdout.split('\n').filter((it) => it.startsWith('{"schema":"clipx.event/1"'));
  const events = lines.map((it) => JSON.parse(it) as RunEvent);
  expect(events.map((it) => it.seq)).toEqual(events.map((_, index) => index));
  const start = events.find((it) => it.event === 'run.start');
  expect(readFileSync(join(start?.folder ?? '', 'events.ndjson'), 'utf8')).toBe(lines.map((it) => `${it}\n`).join(''));
});

test('all rows and seeds give a table, and --save-study a file that the next run shows', async () => {
  const cwd = project();
  const called = await clipx(
    ['run', 'line.clipx', '--variants', 'all', '--seeds', 'all', '--save-study', '--progress', 'none'],
    { cwd },
  );
  expect(called.code).toBe(0);
  expect(called.stdout).toMatch(/full +\d.* \(2\)\nfit only +\d.* \(2\)\n/);
  const again = await clipx(['run', 'line.clipx', '--progress', 'none'], { cwd });
  expect(again.stdout).toContain('the whole study, mean ± sd (seeds), from study.json');
  expect(again.stdout).not.toContain('stale');
  writeFileSync(join(cwd, 'line.clipx'), text.replace('λ = 0.01', 'λ = 0.02'));
  const changed = await clipx(['run', 'line.clipx', '--progress', 'none'], { cwd });
  expect(changed.stdout).toMatch(/full \* .*\n/);
  expect(changed.stdout).toContain('* stale: the experiment has changed since');
});

function resultsOf(called: { readonly stdout: string }): unknown {
  return (JSON.parse(called.stdout) as { runs: { results: unknown }[] }).runs[0]?.results;
}

/** Waits until the newest of more than `before` runs has made steps. */
async function sendOnceStepping(cwd: string, before: number, send: () => void): Promise<void> {
  const isStepping = () =>
    readdirSync(join(cwd, 'runs'))
      .slice(before)
      .map((name) => join(cwd, 'runs', name, 'events.ndjson'))
      .some((file) => existsSync(file) && readFileSync(file, 'utf8').includes('"event":"step"'));
  while (!isStepping()) await new Promise((resolve) => void setTimeout(resolve, 20));
  send();
}

test('a signal stops after a checkpoint with 130, and resume goes on to the very same result', async () => {
  const cwd = project((it) => it.replace('epochs: 4', 'epochs: 1000'));
  const whole = await clipx(['run', 'line.clipx', '--json', '--progress', 'none'], { cwd });
  const before = readdirSync(join(cwd, 'runs')).length;
  const stopped = await clipx(['run', 'line.clipx', '--progress', 'none'], {
    cwd,
    onListen: (send) => void sendOnceStepping(cwd, before, () => send('SIGINT')),
  });
  expect(stopped.code).toBe(130);
  expect(stopped.stdout).toMatch(/interrupted after \d+ steps/);
  const command = /resume +clipx resume (\S+)/.exec(stopped.stdout)?.[1] ?? '';
  const file = join(cwd, command, 'run.json');
  const left = readFileSync(file, 'utf8');
  const record = JSON.parse(left) as RunRecord;
  const refused = { code: 3, stderr: expect.stringContaining('another process is at') as string };
  // it still runs
  writeFileSync(file, JSON.stringify({ ...record, state: 'running', process: process.ppid }));
  expect(await clipx(['resume', command, '--progress', 'none'], { cwd })).toMatchObject(refused);
  writeFileSync(file, left);
  // a study is about to go on with it
  const { digests, seed, inputs = '' } = record;
  const lock = lockCell(join(cwd, 'runs'), { semantic: digests.semantic, seed, inputs });
  expect(await clipx(['resume', command, '--progress', 'none'], { cwd })).toMatchObject(refused);
  lock?.release();
  // a study beside the experiment that can not be read is told, and keeps no run from going on
  writeFileSync(join(cwd, 'study.json'), '{');
  const resumed = await clipx(['resume', command, '--json', '--progress', 'none'], { cwd });
  expect(resumed).toMatchObject({ code: 0, stderr: expect.stringContaining('study.json is not JSON') as string });
  expect(resultsOf(resumed)).toEqual(resultsOf(whole));
  const finished = await clipx(['resume', command, '--progress', 'none'], { cwd });
  expect(finished).toMatchObject({ code: 3 });
}, 120_000);

test('a loss that is not finite ends with 4 and names the term', async () => {
  const cwd = project((it) => it.replace('loss L_size = mean(ŷ^2)', 'loss L_size = mean(exp(1000 * abs(ŷ) + 1000))'));
  const called = await clipx(['run', 'line.clipx', '--progress', 'none'], { cwd });
  expect(called.code).toBe(4);
  expect(called.stdout).toContain('L_size');
});

test.each([
  ['a row that is not there', ['--variants', 'fit onyl'], 2, 'did you mean "fit only"?'],
  ['a seed that is none', ['--seeds', 'one'], 2, 'expected whole numbers'],
])('%s is a wrong call', async (_, words, code, sentence) => {
  const called = await clipx(['run', 'line.clipx', ...words], { cwd: project() });
  expect(called).toMatchObject({ code, stdout: '' });
  expect(called.stderr).toContain(sentence);
});

test('absent data end with 5 and say what is there instead, a file with an error with 3', async () => {
  const absent = await clipx(['run', 'line.clipx'], {
    cwd: project((it) => it.replace('source.jsonl', 'sauce.jsonl')),
  });
  expect(absent.code).toBe(5);
  expect(absent.stderr).toContain('sauce.jsonl');
  const faulty = await clipx(['run', 'line.clipx'], { cwd: project((it) => it.replace('F(x)', 'G(x)')) });
  expect(faulty.code).toBe(3);
  expect(faulty.stderr).toMatch(/error\[CX\d{4}\]/);
});

test('plan, compile and explain work on the same file', async () => {
  const cwd = project();
  const plan = await clipx(['plan', 'line.clipx'], { cwd });
  expect(plan.stdout).toContain('trainable 6 of 6 (100 %)');
  expect(plan.stdout).toContain('evaluate target on target (16 samples): error');
  expectSchema((await clipx(['plan', 'line.clipx', '--json', '--no-data'], { cwd })).stdout, 'plan');
  const gradient = await clipx(['compile', 'line.clipx', '--emit', 'gradient'], { cwd });
  expect(gradient.stdout).toMatch(/^graph .*step/);
  expect((await clipx(['compile', 'line.clipx', '--emit', 'onnx', '-o', 'onnx'], { cwd })).stdout).toContain(
    'onnx/main-step.onnx',
  );
  expect((await clipx(['compile', 'line.clipx', '--emit', 'onnx'], { cwd })).code).toBe(2);
  const saved = await clipx(['compile', 'line.clipx', '--emit', 'tensorflow', '-o', 'saved'], { cwd });
  expect(saved.stdout).toBe('saved/saved_model.pb\n');
  const { metaGraphs } = savedModelProto.toObject(
    savedModelProto.decode(readFileSync(join(cwd, 'saved/saved_model.pb'))),
  ) as { metaGraphs: { signatureDef: object }[] };
  expect(Object.keys(metaGraphs[0]?.signatureDef ?? {})).toEqual(
    expect.arrayContaining(['init', 'read', 'clear', 'main/step']),
  );
  const explained = await clipx(['explain', 'line.clipx', '--json'], { cwd });
  expect(expectSchema(explained.stdout, 'explain')).toMatchObject({
    schema: 'clipx.explain/1',
    name: 'line',
    seeds: [1, 2],
  });
  expect((await clipx(['explain', 'CX1003'], { cwd })).stdout).toContain('string not closed');
  expect((await clipx(['explain', 'line.clipx', 'nothing'], { cwd })).code).toBe(2);
});

test('diff reads a revision from git, and its exit codes keep difference and trouble apart', async () => {
  const cwd = project();
  const git = (...words: string[]) =>
    execFileSync('git', ['-C', cwd, '-c', 'user.name=n', '-c', 'user.email=e@example.org', ...words]);
  git('init', '-q');
  git('add', '.');
  git('commit', '-qm', 'start');
  expect(await clipx(['diff', 'line.clipx', '--exit-code'], { cwd })).toMatchObject({ code: 0 });
  writeFileSync(join(cwd, 'line.clipx'), text.replace('λ = 0.01', 'λ = 1'));
  const changed = await clipx(['diff', 'line.clipx', '--exit-code'], { cwd });
  expect(changed.code).toBe(1);
  expect(changed.stdout).toContain('L_size');
  expect((await clipx(['diff', 'line.clipx'], { cwd })).code).toBe(0);
  expect((await clipx(['diff', 'line.clipx', '--fail-on', 'protocol'], { cwd })).code).toBe(0);
  writeFileSync(join(cwd, 'line.clipx'), text.replace('F(x)', 'G(x)'));
  const faulty = await clipx(['diff', 'line.clipx'], { cwd });
  expect(faulty).toMatchObject({ code: 3, stdout: '' });
  const failed = await clipx(['diff', 'line.clipx', '--json'], { cwd });
  expect(failed.code).toBe(3);
  expect(expectSchema(failed.stdout, 'diff')).toMatchObject({ status: 'failed', identical: false });
  expect((await clipx(['diff', 'nothing:line.clipx', 'line.clipx'], { cwd })).code).toBe(3);
});
