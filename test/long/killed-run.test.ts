/**
 * A run that is killed where it can do nothing about it, again and again, goes on from its last checkpoint to the very result of a run
 * that nobody killed. Uses the built command, as a user does.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { afterAll, describe, expect, it } from 'vitest';
import { Random } from '../support/random.ts';

const command = join(import.meta.dirname, '../../bin/clipx.js');
const folders: string[] = [];
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

const text = `clipx 1
experiment line
axis xy = 2
input x : vector(xy)
input y : vector(xy)
data seen = jsonl("seen.jsonl") { x: "x"  y: "y" }
trainable module F = mlp(xy -> hidden(8) -> xy)
let p = shuffle(index(batch), over: batch)
loss L = mean((F(x) - y) ^ 2)
loss M = mean(abs(F(x) - F(x)[batch: p]))
minimize L + 0.01 * M
train on seen { epochs: 1500  batch: 8  optimizer: adamw(lr: 1e-2)  schedule: cosine(warmup: 10 steps) }
evaluate on seen { every: 100 epochs  metric error = mean((F(x) - y) ^ 2) }
`;

function project(): string {
  const folder = mkdtempSync(join(tmpdir(), 'clipx-killed-'));
  folders.push(folder);
  const random = new Random(3);
  const points = Array.from({ length: 64 }, () => {
    const [a, b] = [random.uniform(-1, 1), random.uniform(-1, 1)];
    return `${JSON.stringify({ x: [a, b], y: [a + 2 * b, a * b] })}\n`;
  });
  writeFileSync(join(folder, 'clipx.json'), '{ "threads": 1 }');
  writeFileSync(join(folder, 'seen.jsonl'), points.join(''));
  writeFileSync(join(folder, 'line.clipx'), text);
  return folder;
}

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function start(
  cwd: string,
  words: readonly string[],
): { readonly child: ChildProcess; readonly ended: Promise<Ended> } {
  const child = spawn(process.execPath, [command, ...words], { cwd });
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (chunk: Buffer) => void (stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => void (stderr += chunk.toString()));
  return {
    child,
    ended: new Promise((resolve) => void child.on('close', (code) => resolve({ code, stdout, stderr }))),
  };
}

const runFolder = (cwd: string): string | undefined => {
  const runs = join(cwd, 'runs');
  const [name] = existsSync(runs) ? readdirSync(runs) : [];
  return name === undefined ? undefined : join(runs, name);
};

/** Bytes of the log of events: it grows while the run goes on. */
function logged(cwd: string): number {
  const folder = runFolder(cwd);
  const log = folder === undefined ? undefined : join(folder, 'events.ndjson');
  return log !== undefined && existsSync(log) ? readFileSync(log).length : 0;
}

const resultsOf = ({ stdout }: Ended): unknown =>
  (JSON.parse(stdout) as { runs: readonly { results: unknown }[] }).runs[0]?.results;

describe('a run that is killed', () => {
  it('goes on to the result of a whole one', async () => {
    const whole = await start(project(), ['run', 'line.clipx', '--json', '--progress', 'none']).ended;
    expect(whole.code, whole.stderr).toBe(0);

    const cwd = project();
    const random = new Random(Date.now());
    let last: Ended | undefined;
    let kills = 0;
    for (let attempt = 0; attempt < 12 && last === undefined; attempt++) {
      const folder = runFolder(cwd);
      const words = folder === undefined ? ['run', 'line.clipx'] : ['resume', folder];
      const { child, ended } = start(cwd, [...words, '--json', '--progress', 'none']);
      const before = logged(cwd);
      const outcome = await Promise.race([
        ended,
        (async () => {
          while (logged(cwd) === before) await new Promise((resolve) => void setTimeout(resolve, 10));
          await new Promise((resolve) => void setTimeout(resolve, random.integer(50, 900)));
          return undefined;
        })(),
      ]);
      if (outcome === undefined && attempt < 6) {
        child.kill('SIGKILL');
        kills += 1;
        await ended;
      } else last = await ended;
    }
    expect(kills).toBeGreaterThan(0);
    expect(last?.code, last?.stderr).toBe(0);
    expect(last === undefined ? undefined : resultsOf(last)).toEqual(resultsOf(whole));
    // one record of the whole: every step once, in order
    const steps = readFileSync(join(runFolder(cwd) ?? '', 'events.ndjson'), 'utf8').trimEnd().split('\n')
      .map((line) => JSON.parse(line) as { event: string; step: number }).filter(({ event }) => event === 'step').map(({ step }) => step); // prettier-ignore
    expect(steps).toEqual([...new Set(steps)].sort((a, b) => a - b));
  });
});
