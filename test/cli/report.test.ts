/** `clipx report`: the page of a run folder, written again from what is in it. */
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { ExitCode } from '../../src/cli/exit-codes.ts';
import type { RunRecord } from '../../src/runtime/records/run-record.ts';
import { expectSchema } from './fits-schema.ts';
import { lineModel } from './line-through-points.ts';
import { clipx, newFolder } from './support.ts';

const text = `clipx 1

experiment line "A line through points"

${lineModel}

loss L = mean((ŷ - y)^2)
minimize L

train on source { steps: 6  batch: 4  optimizer: adam(lr: 1e-2) }
evaluate on val { metric error = mean((ŷ - y)^2) }
seeds 1
`;

let cwd = '';
let folder = '';
const report = () => readFileSync(join(folder, 'report.html'), 'utf8');

beforeAll(async () => {
  cwd = newFolder('report');
  const points = Array.from(
    { length: 16 },
    (_, at) => `${JSON.stringify({ x: [Math.sin(at), Math.cos(at)], y: [at, 1] })}\n`,
  );
  writeFileSync(join(cwd, 'clipx.json'), '{}');
  for (const name of ['source', 'val']) writeFileSync(join(cwd, `${name}.jsonl`), points.join(''));
  mkdirSync(join(cwd, 'lines'));
  writeFileSync(join(cwd, 'lines', 'line.clipx'), text);
  const { code, stderr } = await clipx(['run', 'lines/line.clipx', '--backend', 'reference', '--progress', 'none', '--save-study'], { cwd }); // prettier-ignore
  expect(code, stderr).toBe(ExitCode.done);
  folder = join(cwd, 'runs', readdirSync(join(cwd, 'runs')).find((name) => name.startsWith('line-full')) ?? '');
});

describe('clipx report', () => {
  test('writes what the run wrote, however it is named; study.json beside the file is told too', async () => {
    // a run that is told while it ends knows no study of itself
    await clipx(['report', 'latest'], { cwd });
    const first = report();
    expect(first).toContain('The whole study');
    const name = folder.slice(cwd.length + '/runs/'.length);
    for (const word of [name, `runs/${name}`, folder, join(folder, 'events.ndjson')]) {
      for (const file of ['report.html', 'metrics.csv']) rmSync(join(folder, file));
      const called = await clipx(['report', word], { cwd });
      expect(called).toEqual({ code: ExitCode.done, stdout: `runs/${name}/report.html\n`, stderr: '' });
      expect(report()).toBe(first);
      expect(existsSync(join(folder, 'metrics.csv'))).toBe(true);
    }
  });

  test('-o writes the page alone, somewhere else; --json says where', async () => {
    const before = statSync(join(folder, 'report.html')).mtimeMs;
    const called = await clipx(['report', 'latest', '-o', 'pages/line.html', '--json'], { cwd });
    expect(expectSchema(called.stdout, 'report')).toMatchObject({ state: 'complete', report: 'pages/line.html' });
    expect(readdirSync(join(cwd, 'pages'))).toEqual(['line.html']);
    expect(readFileSync(join(cwd, 'pages', 'line.html'), 'utf8')).toBe(report());
    expect(statSync(join(folder, 'report.html')).mtimeMs).toBe(before);
    const wrong = await clipx(['report', 'latest', '-o', 'pages'], { cwd });
    expect(wrong.code).toBe(ExitCode.input);
    expect(wrong.stderr).toContain(
      'pages is a folder, expected the file that the page is to be\n  help: for example -o pages/report.html',
    );
  });

  test('a run that still goes on has one of what there is, and it is said that it does', async () => {
    const part = join(cwd, 'part');
    mkdirSync(part);
    const record = JSON.parse(readFileSync(join(folder, 'run.json'), 'utf8')) as RunRecord;
    writeFileSync(join(part, 'run.json'), JSON.stringify({ ...record, state: 'running', process: process.pid }));
    const lines = readFileSync(join(folder, 'events.ndjson'), 'utf8').split('\n').slice(0, 5);
    writeFileSync(join(part, 'events.ndjson'), `${lines.join('\n')}\n{"half`);
    const called = await clipx(['report', 'part'], { cwd });
    expect(called).toEqual({
      code: ExitCode.done,
      stdout: 'part/report.html\n',
      stderr: 'part is running: the report tells of what there is\n',
    });
    expect(readFileSync(join(part, 'report.html'), 'utf8')).toContain('Nothing has been evaluated yet');
    writeFileSync(join(part, 'run.json'), JSON.stringify({ ...record, state: 'running', process: 2 ** 22 + 1 }));
    const killed = await clipx(['report', 'part', '--json'], { cwd });
    expect(expectSchema(killed.stdout, 'report')).toMatchObject({ state: 'killed' });
  });

  test('what Python adds to a run is in the file of TensorBoard, which nobody writes there as the run goes', async () => {
    const part = join(cwd, 'python');
    mkdirSync(part);
    const record = JSON.parse(readFileSync(join(folder, 'run.json'), 'utf8')) as RunRecord;
    writeFileSync(
      join(part, 'run.json'),
      JSON.stringify({ ...record, backend: { ...record.backend, name: 'pytorch' } }),
    );
    const lines = readFileSync(join(folder, 'events.ndjson'), 'utf8').trim().split('\n');
    const half = lines.findIndex((line) => line.includes('"event":"step"')) + 1;
    const size = (): number =>
      readdirSync(join(part, 'tensorboard')).reduce(
        (sum, name) => sum + statSync(join(part, 'tensorboard', name)).size,
        0,
      );
    writeFileSync(
      join(part, 'events.ndjson'),
      lines
        .slice(0, half)
        .map((it) => `${it}\n`)
        .join(''),
    );
    await clipx(['report', 'python'], { cwd });
    const before = size();
    appendFileSync(
      join(part, 'events.ndjson'),
      lines
        .slice(half)
        .map((it) => `${it}\n`)
        .join(''),
    );
    await clipx(['report', 'python'], { cwd });
    expect(size()).toBeGreaterThan(before);
  });

  test('what is no run is told', async () => {
    const none = await clipx(['report', 'nowhere'], { cwd });
    expect(none.code).toBe(ExitCode.input);
    expect(none.stderr).toContain('there is no run "nowhere"');
    mkdirSync(join(cwd, 'torn'));
    writeFileSync(join(cwd, 'torn', 'events.ndjson'), '');
    const torn = await clipx(['report', 'torn'], { cwd });
    expect(torn.code).toBe(ExitCode.input);
    expect(torn.stderr).toContain('is not a run folder: it has no readable run.json');
  });
});
