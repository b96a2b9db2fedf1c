/** Several runs of one file: in processes of their own, found again, stopped, killed and finished. */
import { spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, test } from 'vitest';
import { readEvents } from '../../src/runtime/event-log.ts';
import { tensorboardFile, tensorboardPath } from '../../src/runtime/records/tensorboard-log.ts';
import { expectSchema } from './fits-schema.ts';
import { lineModel, pointLines } from './line-through-points.ts';
import { clipx, newFolder } from './support.ts';

const text = `clipx 1

experiment line "A line through points"

${lineModel}

loss L_fit  = mean((ŷ - y)^2)
loss L_size = mean(ŷ^2)
weight λ = 0.01
minimize L_fit + λ * L_size

train on source { steps: 8  batch: 8  optimizer: adam(lr: 1e-2)  checkpoint: 4 steps }
evaluate on val { metric error = mean((ŷ - y)^2) }

ablate terms { "fit only": λ = 0 }
seeds 1..2
`;

function project(content = text): string {
  const folder = newFolder('jobs');
  writeFileSync(join(folder, 'clipx.json'), '{}');
  writeFileSync(join(folder, 'source.jsonl'), pointLines(32));
  writeFileSync(join(folder, 'val.jsonl'), pointLines(16));
  writeFileSync(join(folder, 'line.clipx'), content);
  return folder;
}

const all = ['run', 'line.clipx', '--variants', 'all', '--backend', 'reference', '--progress', 'plain'];
const runs = (cwd: string): readonly string[] =>
  readdirSync(join(cwd, 'runs'))
    .filter((name) => !name.endsWith('-study'))
    .sort();

interface Result {
  readonly runs: readonly {
    readonly row: string;
    readonly seed: number;
    readonly status: string;
    readonly results: unknown;
  }[];
}

test('cells in processes give what one process gives, once; a row is run again when its data change', async () => {
  const [one, two] = [project(), project()];
  const alone = await clipx([...all, '--json'], { cwd: one });
  expect(alone.code, alone.stderr).toBe(0);
  const shared = await clipx([...all, '--json', '--jobs', '2'], { cwd: two });
  expect(shared.code, shared.stderr).toBe(0);
  const pick = ({ runs: found }: Result) =>
    found.map(({ row, seed, status, results }) => ({ row, seed, status, results }));
  const expected = pick(expectSchema(alone.stdout, 'result') as Result);
  expect(expected.map(({ row, seed }) => `${row} ${seed}`)).toEqual(['full 1', 'full 2', 'fit only 1', 'fit only 2']);
  expect(pick(expectSchema(shared.stdout, 'result') as Result)).toEqual(expected);

  // the same command again runs nothing
  const folders = runs(two);
  expect(folders).toHaveLength(4);
  const again = await clipx([...all, '--jobs', '2'], { cwd: two });
  expect(again.code).toBe(0);
  expect(again.stderr.match(/complete before/g)).toHaveLength(4);
  expect(runs(two)).toEqual(folders);
  expect(again.stdout).toMatch(/full +\d.* \(2\)\nfit only +\d.* \(2\)\n/);

  const fresh = await clipx([...all, '--seeds', '1', '--fresh'], { cwd: two });
  expect(fresh.code).toBe(0);
  expect(runs(two)).toHaveLength(6);

  // what the files hold is part of what a run is
  writeFileSync(
    join(two, 'val.jsonl'),
    readFileSync(join(two, 'val.jsonl'), 'utf8').split('\n').slice(0, 12).join('\n'),
  );
  const changed = await clipx([...all, '--seeds', '1'], { cwd: two });
  expect(changed.stderr).not.toContain('complete before');
  expect(runs(two)).toHaveLength(8);
}, 240_000);

test('a cell that fails stops no other, is told at the end, and the exit code is 1', async () => {
  const cwd = project(text.replace('"fit only": λ = 0', '"fit only": λ = 0  "wild": train.optimizer.lr = 1e30'));
  const called = await clipx([...all, '--seeds', '1', '--jobs', '2'], { cwd });
  expect(called.code, called.stderr).toBe(1);
  expect(called.stderr).toMatch(/failed: row "wild", seed 1: \[CX\d{4}\] .+\n/);
  expect(called.stdout).toMatch(/full +\d.*\nfit only +\d/);
  expect(called.stdout).not.toMatch(/^wild/m);
}, 180_000);

test('after kill -9 the same command goes on from the checkpoints, and comes to the very same numbers', async () => {
  const long = text.replace('steps: 8 ', 'steps: 1200 ').replace('4 steps', '20 steps');
  const [whole, cwd] = [project(long), project(long)];
  const expected = await clipx([...all, '--json'], { cwd: whole });
  const killed = startFromSources([...all, '--jobs', '2'], cwd);
  const logs = (): readonly string[] => (existsSync(join(cwd, 'runs')) ? runs(cwd) : []).map((name) => join(cwd, 'runs', name, 'events.ndjson')); // prettier-ignore
  const stepping = (): number => logs().filter((file) => existsSync(file) && readFileSync(file, 'utf8').includes('"reason":"interval"')).length; // prettier-ignore
  while (stepping() < 2) await new Promise((resolve) => void setTimeout(resolve, 20));
  killed.kill('SIGKILL');
  await new Promise((resolve) => void killed.once('exit', resolve));
  const finished = await clipx([...all, '--json', '--jobs', '2'], { cwd });
  expect(finished.code, finished.stderr).toBe(0);
  expect((JSON.parse(finished.stdout) as Result).runs.map((it) => it.results)).toEqual(
    (JSON.parse(expected.stdout) as Result).runs.map((it) => it.results),
  );
  // nothing was begun twice
  expect(runs(cwd)).toHaveLength(4);
  expect(logs().some((file) => readFileSync(file, 'utf8').includes('"resumedAt"'))).toBe(true);
  // TensorBoard's file, written as they went, holds what their events hold, and no step twice
  for (const name of runs(cwd)) {
    const folder = join(cwd, 'runs', name);
    const { created } = JSON.parse(readFileSync(join(folder, 'run.json'), 'utf8')) as { readonly created: string };
    const of = { folder: join(folder, 'tensorboard'), created: Date.parse(created), several: false };
    const events = readEvents(join(folder, 'events.ndjson'));
    expect(readFileSync(tensorboardPath(of)).equals(tensorboardFile(events, of))).toBe(true);
  }
}, 300_000);

test('two studies that begin at the same instant share the cells, and run each once', async () => {
  const cwd = project(text.replace('steps: 8 ', 'steps: 60 '));
  const both = [startFromSources([...all, '--jobs', '2'], cwd), startFromSources(all, cwd)];
  const codes = await Promise.all(both.map((child) => new Promise((resolve) => void child.once('exit', resolve))));
  expect(codes).toEqual([0, 0]);
  expect(runs(cwd)).toHaveLength(4);
  for (const name of runs(cwd)) {
    const run = (file: string): string => readFileSync(join(cwd, 'runs', name, file), 'utf8');
    expect(JSON.parse(run('run.json'))).toMatchObject({ state: 'complete' });
    expect(run('events.ndjson').match(/"event":"run.start"/g)).toHaveLength(1);
  }
}, 240_000);

test('a signal stops every cell with a checkpoint, 130, and says how to go on', async () => {
  const cwd = project(text.replace('steps: 8 ', 'steps: 100000 '));
  const called = await clipx([...all, '--jobs', '2'], {
    cwd,
    onListen: (send) => {
      const look = setInterval(() => {
        const ready = existsSync(join(cwd, 'runs')) && runs(cwd).filter((name) => existsSync(join(cwd, 'runs', name, 'events.ndjson')) && readFileSync(join(cwd, 'runs', name, 'events.ndjson'), 'utf8').includes('"event":"step"')).length >= 2; // prettier-ignore
        if (!ready) return;
        clearInterval(look);
        send('SIGINT');
      }, 20);
    },
  });
  expect(called.code).toBe(130);
  expect(called.stderr).toContain('4 of 4 runs are not complete; the same command goes on with them');
  for (const name of runs(cwd)) {
    expect(JSON.parse(readFileSync(join(cwd, 'runs', name, 'run.json'), 'utf8'))).toMatchObject({
      state: 'interrupted',
    });
    expect(existsSync(join(cwd, 'runs', name, 'checkpoint', 'state.json'))).toBe(true);
  }
}, 180_000);

function startFromSources(words: readonly string[], cwd: string) {
  const loader = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href;
  const entry = new URL('../../src/cli/main.ts', import.meta.url).href;
  const code = `(await import(${JSON.stringify(entry)})).start()`;
  return spawn(process.execPath, ['--import', loader, '--input-type=module', '-e', code, 'clipx', ...words], { cwd, stdio: 'ignore' }); // prettier-ignore
}
