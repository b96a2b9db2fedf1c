/** `clipx compare`: runs beside each other, by what their folders hold. The reference engine makes them, so that every digit is the same everywhere. */
import { cpSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { ExitCode } from '../../src/cli/exit-codes.ts';
import type { RunRecord } from '../../src/runtime/records/run-record.ts';
import { expectSchema } from './fits-schema.ts';
import { lineModel } from './line-through-points.ts';
import { clipx, newFolder } from './support.ts';

const text = `clipx 1

experiment line "A line through points"

use "parts.clipx" { gap }
${lineModel}

loss L = gap(ŷ, y)
minimize L

train on source { steps: 12  batch: 8  optimizer: adam(lr: 1e-1) }
evaluate on val {
  metric error = gap(ŷ, y)
  metric size  = mean(ŷ)
  metric count = mean(index(batch))
}

ablate terms { "slow": train.optimizer.lr = 1e-3 }
seeds 1..2
`;

const parts = `clipx 1\n\nfn gap(a, b) = mean((a - b)^2)\n`;

let cwd = '';

/** The folder of a run, with `runs/` before it. */
const found = (part: string): string => `runs/${readdirSync(join(cwd, 'runs')).find((name) => name.includes(part)) ?? part}`; // prettier-ignore
const compare = (...words: readonly string[]) => clipx(['compare', ...words], { cwd });
const full = (): readonly string[] => ['full-s1', 'full-s2'].map(found);
const slow = (): readonly string[] => ['slow-s1', 'slow-s2'].map(found);

/** Digests change with what is digested, and are of equal length. */
const steady = (words: string): string => words.replaceAll(/\b[0-9a-f]{12}\b/g, '############').replaceAll(/\b[0-9a-f]{8}\b/g, '########').replaceAll(/\b[0-9a-f]{6}…/g, '######…'); // prettier-ignore
const golden = (name: string): string => join(import.meta.dirname, '../golden/compare', `${name}.txt`);

async function run(change: (it: string) => string, name: string): Promise<string> {
  writeFileSync(join(cwd, 'lines', `${name}.clipx`), change(text).replace('experiment line', `experiment ${name}`));
  const called = await clipx(['run', `lines/${name}.clipx`, '--backend', 'reference', '--progress', 'none'], { cwd });
  expect(called.code, called.stderr).toBe(ExitCode.done);
  return found(`${name}-full`);
}

/** A copy of a run whose record says something else. */
function copied(from: string, to: string, change: Partial<RunRecord>, without: readonly string[] = []): string {
  cpSync(join(cwd, from), join(cwd, to), { recursive: true });
  const record = JSON.parse(readFileSync(join(cwd, to, 'run.json'), 'utf8')) as RunRecord;
  writeFileSync(join(cwd, to, 'run.json'), JSON.stringify({ ...record, ...change }));
  for (const file of without) rmSync(join(cwd, to, file));
  return to;
}

beforeAll(async () => {
  cwd = newFolder('compare');
  const points = (count: number, from: number): string =>
    Array.from({ length: count }, (_, index) => {
      const x = [Math.sin(index + from), Math.cos(3 * index + from)] as const;
      return `${JSON.stringify({ x, y: [x[0] + 2 * x[1], 3 * x[0] + 4 * x[1]] })}\n`;
    }).join('');
  writeFileSync(join(cwd, 'clipx.json'), '{}');
  writeFileSync(join(cwd, 'source.jsonl'), points(32, 0));
  writeFileSync(join(cwd, 'val.jsonl'), points(16, 0.5));
  mkdirSync(join(cwd, 'lines'));
  writeFileSync(join(cwd, 'lines', 'line.clipx'), text);
  writeFileSync(join(cwd, 'lines', 'parts.clipx'), parts);
  const called = await clipx(['run', 'lines/line.clipx', '--variants', 'all', '--backend', 'reference', '--progress', 'none'], { cwd }); // prettier-ignore
  expect(called.code, called.stderr).toBe(ExitCode.done);
}, 120_000);

describe('clipx compare', () => {
  test('two seeds of two rows: what was changed, and verdicts by the rule of claims', async () => {
    const { code, stdout, stderr } = await compare(...full(), ...slow());
    expect([code, stderr]).toEqual([ExitCode.done, '']);
    await expect(steady(stdout)).toMatchFileSnapshot(golden('two-rows'));
    // the study of the same runs has the same means
    const { stdout: table } = await clipx(['study', 'lines/line.clipx', '--table', 'csv'], { cwd });
    const { stdout: own } = await compare(...full(), ...slow(), '--table', 'csv');
    expect(own).toBe(table);
    expect((await compare(...full(), ...slow())).stdout).toBe(stdout);
  });

  test('--all tells what does not differ too', async () => {
    const { stdout } = await compare(...full(), ...slow(), '--all');
    expect(stdout).toMatch(/\n {2}engine +reference \S+ +reference \S+\n/);
    expect(stdout).toMatch(/val\.count +A +7\.500 ± 0\.000 \(2\)\n +B +7\.500 ± 0\.000 \(2\) +0\.00 ± 0\.00 +same/);
    expect(stdout).not.toContain('(--all)');
  });

  test('one seed on a side is unsure; the same run twice is the same', async () => {
    const again = copied(found('full-s1'), 'again', {});
    const { stdout } = await compare(found('full-s1'), found('slow-s1'), again);
    await expect(steady(stdout)).toMatchFileSnapshot(golden('one-seed'));
  });

  test('runs that differ in the seed alone are one row', async () => {
    const { stdout } = await compare(...full());
    await expect(steady(stdout)).toMatchFileSnapshot(golden('seeds-alone'));
  });

  test('other protocols are told and not ranked, but with --force', async () => {
    const other = await run((it) => it.replace('metric size  = mean(ŷ)', 'metric length = mean(abs(ŷ))').replace('jsonl("val.jsonl")', 'jsonl("source.jsonl")'), 'other'); // prettier-ignore
    const { code, stdout } = await compare(found('full-s1'), other);
    expect(code).toBe(ExitCode.done);
    await expect(steady(stdout)).toMatchFileSnapshot(golden('other-protocol'));
    const forced = await compare(found('full-s1'), other, '--force');
    expect(forced.stdout).toContain('A and B are ranked because of --force: their protocols differ');
    expect(forced.stdout).toMatch(/B +\S+ \(1\) +\S+ +unsure +one seed/);
    const latex = await compare(found('full-s1'), other, '--table', 'latex');
    expect(latex.stderr).toBe('warning: A and B are not comparable: their protocols differ\n');
    expect(latex.stdout).toContain('\\toprule');
    expect(latex.stdout).not.toContain('mathbf');
    expect((await compare(found('full-s1'), found('slow-s1'), '--table', 'latex')).stdout).toContain('mathbf');
  });

  test('files that both read and that held something else are another protocol', async () => {
    const changed = copied(found('slow-s1'), 'changed', { inputs: '0'.repeat(64) });
    const { stdout } = await compare(found('full-s1'), changed);
    expect(stdout).toContain('A and B are not ranked: the files that both read held something else (--force ranks them all the same)'); // prettier-ignore
    expect(stdout).toMatch(/\n {2}inputs +[0-9a-f]{12} +000000000000\n/);
  });

  test('the numbers of random data are not ranked', async () => {
    const random = copied(found('slow-s1'), 'random', { random: true });
    const { stdout } = await compare(found('full-s1'), random);
    expect(stdout).toContain('RANDOM DATA, a small model');
    expect(stdout).toContain('A and B are not ranked: numbers of random data mean nothing');
  });

  test('a run that is not through is named as one, and its numbers are of now', async () => {
    const step = { step: 5, steps: 12 };
    const running = copied(found('slow-s1'), 'running', { state: 'running', process: process.pid, ...step }, ['metrics.json']); // prettier-ignore
    const failed = copied(found('slow-s2'), 'failed', { state: 'failed', error: { code: 'CX8207', fault: 'numerical', message: 'the loss is not finite' } }, ['metrics.json', 'events.ndjson']); // prettier-ignore
    writeFileSync(join(cwd, failed, 'events.ndjson'), '');
    const killed = copied(found('slow-s1'), 'killed', { state: 'running', process: 2 ** 22 + 1, ...step });
    const { stdout } = await compare(found('full-s1'), running, failed, killed);
    await expect(steady(stdout)).toMatchFileSnapshot(golden('unfinished'));
  });

  test('whether more of a metric is better, the command line may say', async () => {
    const verdicts = async (...words: readonly string[]) => {
      const { stdout } = await compare(...full(), ...slow(), ...words, '--json');
      const { metrics } = expectSchema(stdout, 'comparison') as { readonly metrics: readonly { readonly key: string; readonly direction: string | null; readonly by: string | null; readonly differences: readonly { readonly verdict: string }[] }[] }; // prettier-ignore
      return Object.fromEntries(metrics.map(({ key, direction, by, differences }) => [key, [direction, by, differences[0]?.verdict]])); // prettier-ignore
    };
    expect(await verdicts()).toMatchObject({ 'val.error': ['min', 'formula', 'worse'], 'val.size': [null, null, 'unsure'] }); // prettier-ignore
    expect(await verdicts('--better', 'error:higher, val.size:lower')).toMatchObject({ 'val.error': ['max', 'told', 'better'], 'val.size': ['min', 'told', expect.any(String) as string] }); // prettier-ignore
    const wrong = await compare(...full(), '--better', 'eror:lower');
    expect([wrong.code, wrong.stderr]).toEqual([ExitCode.usage, 'error: --better names "eror", which no run measures\n  help: did you mean "error"?\n']); // prettier-ignore
    expect((await compare(...full(), '--better', 'error')).stderr).toContain('--better holds "error", expected metric:lower or metric:higher'); // prettier-ignore
  });

  test('--json holds all of it, the diff as `clipx diff --json` has it', async () => {
    const { stdout } = await compare(...full(), ...slow(), '--json');
    const document = expectSchema(stdout, 'comparison') as { readonly meaning: readonly { readonly diff: unknown }[] };
    expect(expectSchema(JSON.stringify(document.meaning[0]?.diff), 'diff')).toMatchObject({ comparable: true, counts: { protocol: 0, training: 1 } }); // prettier-ignore
    expect(document).toMatchObject({
      baseline: 'A',
      sides: [{ side: 'A', comparable: true, runs: [{ seed: 1, row: 'full' }, { seed: 2 }] }, { side: 'B', refusals: [] }],
      metrics: [{ key: 'val.error', sides: [{ count: 2, seeds: [{ seed: 1, measured: true }, { seed: 2 }] }, { count: 2 }], differences: [{ side: 'B', seeds: [1, 2] }] }, {}, { differences: [{ verdict: 'same', difference: 0 }] }],
    }); // prettier-ignore
  });

  test('a text that no longer means what it meant, or no longer compiles, is told; the records still say whether numbers are comparable', async () => {
    const path = join(cwd, 'lines', 'parts.clipx');
    try {
      writeFileSync(path, parts.replace('^2', '^4'));
      const changed = await compare(found('full-s1'), found('slow-s1'));
      expect(changed.stdout).toContain('note  A means something else today than when it ran: what it uses, or clipx, has changed since'); // prettier-ignore
      rmSync(path);
      const lost = await compare(...full(), ...slow());
      expect(lost.code).toBe(ExitCode.done);
      await expect(steady(lost.stdout)).toMatchFileSnapshot(golden('lost-text'));
    } finally {
      writeFileSync(path, parts);
    }
  });

  test('runs that are none, are one, or are named twice', async () => {
    expect((await compare(found('full-s1'))).code).toBe(ExitCode.usage);
    const twice = await compare(found('full-s1'), join(cwd, found('full-s1')));
    expect([twice.code, twice.stderr]).toEqual([ExitCode.usage, expect.stringContaining('is named twice')]);
    const none = await compare(found('full-s1'), 'nowhere');
    expect([none.code, none.stderr]).toEqual([ExitCode.input, expect.stringContaining('there is no run "nowhere"')]);
  });
});
