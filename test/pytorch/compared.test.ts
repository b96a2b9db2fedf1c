/** What a package that trains by itself leaves is a run to `clipx watch`, `clipx report` and `clipx compare` as any other, beside the run of an engine. */
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { expectSchema } from '../cli/fits-schema.ts';
import { clipx } from '../cli/support.ts';
import { findPython } from './support/python.ts';
import { trainPackage } from './support/train-package.ts';

const python = findPython();
if (python === undefined) console.warn('reading runs of Python is not tested: no Python with torch; see CLIPX_PYTHON');

const text = `clipx 1
experiment line "A line through points"
axis xy = 2
input x : vector(xy)
input y : vector(xy)
data source = jsonl("source.jsonl") { x: "x"  y: "y" }
trainable module F = linear(xy -> xy)
let ŷ = F(x)
loss L = mean((ŷ - y)^2)
minimize L
train on source { steps: 6  batch: 4  optimizer: sgd(lr: 0.1) }
evaluate on source { metric error = mean((ŷ - y)^2)  best: min(error on source)  every: 2 steps }
seeds 1
`;

const cwd = mkdtempSync(join(tmpdir(), 'clipx-compared-'));
afterAll(() => rmSync(cwd, { recursive: true, force: true }));

describe.skipIf(python === undefined)('a run of a package', () => {
  let own = '';
  let theirs = '';

  beforeAll(async () => {
    const points = Array.from(
      { length: 16 },
      (_, at) => `${JSON.stringify({ x: [Math.sin(at), Math.cos(at)], y: [Math.cos(at), 1] })}\n`,
    );
    writeFileSync(join(cwd, 'clipx.json'), '{}');
    writeFileSync(join(cwd, 'source.jsonl'), points.join(''));
    writeFileSync(join(cwd, 'line.clipx'), text);
    const ran = await clipx(['run', 'line.clipx', '--backend', 'reference', '--progress', 'none'], { cwd });
    expect(ran.code, ran.stderr).toBe(0);
    own = `runs/${readdirSync(join(cwd, 'runs'))[0] ?? ''}`;
    const made = await clipx(['compile', 'line.clipx', '--emit', 'pytorch', '-o', 'points', '--quiet'], { cwd });
    expect(made.code, made.stderr).toBe(0);
    const { folder } = await trainPackage(python ?? '', cwd, 'points', { processes: 1, dataRoot: cwd });
    theirs = folder.slice(cwd.length + 1);
  });

  test('is compared: one meaning, another engine, numbers within rounding and unsure of one seed', async () => {
    const { code, stdout, stderr } = await clipx(['compare', own, theirs, '--json'], { cwd });
    expect([code, stderr]).toEqual([0, '']);
    const document = expectSchema(stdout, 'comparison') as { readonly how: readonly { readonly name: string; readonly values: readonly { readonly value: string | null }[] }[]; readonly metrics: readonly { readonly differences: readonly { readonly difference: number }[]; readonly sides: readonly { readonly mean: number }[] }[] }; // prettier-ignore
    expect(document).toMatchObject({ sides: [{}, { comparable: true }], meaning: [{ diff: { identical: true, comparable: true } }] }); // prettier-ignore
    const values = (name: string) => document.how.find((it) => it.name === name)?.values.map(({ value }) => value);
    for (const name of ['system', 'processor']) expect(new Set(values(name)).size, name).toBe(1);
    expect(values('engine')).toEqual(['reference 1', expect.stringMatching(/^pytorch \d/)]);
    // who starts a package by hand takes no digest of what it reads
    expect(values('inputs')).toEqual([expect.stringMatching(/^[0-9a-f]{12}$/), null]);
    const [metric] = document.metrics;
    expect(metric).toMatchObject({
      key: 'source.error',
      direction: 'min',
      by: 'stated',
      differences: [{ seeds: [1] }],
    });
    expect(Math.abs(metric?.differences[0]?.difference ?? 1)).toBeLessThan(1e-5 * (metric?.sides[0]?.mean ?? 0));
  });

  test('has a report, with the same numbers of every step in metrics.csv', async () => {
    const { code, stdout } = await clipx(['report', theirs], { cwd });
    expect([code, stdout]).toEqual([0, `${theirs}/report.html\n`]);
    expect(readFileSync(join(cwd, theirs, 'report.html'), 'utf8')).toContain('moved 2/2');
    const lines = (folder: string): readonly string[] =>
      readFileSync(join(cwd, folder, 'metrics.csv'), 'utf8')
        .trim()
        .split('\n');
    expect(lines(theirs)[0]).toBe(lines(own)[0]);
    expect(lines(theirs)).toHaveLength(1 + 6);
  });

  test('is watched', async () => {
    const { code, stdout } = await clipx(['watch', theirs, '--progress', 'plain'], { cwd });
    expect(code).toBe(0);
    expect(stdout).toContain('complete after 6 steps');
  });
});
