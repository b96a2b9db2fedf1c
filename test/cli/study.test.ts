/** `expect` from the file to the verdict: what `run` and `study` say, print and write. */
import { existsSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Study } from '../../src/runtime/records/study.ts';
import { expectSchema } from './fits-schema.ts';
import { clipx, newFolder } from './support.ts';

const text = `clipx 1

experiment line "A line through points"

axis xy = 2
axis side: item = [left, right]
input x : vector(xy)
input y : vector(xy)

data source = jsonl("source.jsonl") { x: "x"  y: "y" }
data val    = jsonl("val.jsonl") like source

trainable module F = linear(xy -> xy)
let ŷ = F(x)

loss L_fit = mean((ŷ - y)^2)
weight λ = 1
minimize λ * L_fit

train on source { steps: 4  batch: 8  optimizer: adam(lr: 1e-2) }
evaluate on val {
  metric error = mean((ŷ - y)^2)
  metric worst = max((ŷ - y)^2)
}
metric share = error / worst

ablate terms { "none": train.optimizer.lr = 1e-9 }
sweep rates { train.optimizer.lr: [1e-3, 1e-1] } keep min(error on val)
seeds 1..3

const limit = 1000
expect error < limit
expect error < error of "none"
expect error at lr = 1e-1 < error at lr = 1e-3 < error of "none"
expect 2 * error ~ error + error within 0.1 %
expect error < 0
expect share <= 1
`;

function project(content = text): string {
  const folder = newFolder('study');
  const points = (count: number) =>
    Array.from({ length: count }, (_, index) => {
      const x = [Math.sin(index), Math.cos(3 * index)] as const;
      return `${JSON.stringify({ x, y: [x[0] + 2 * x[1], 3 * x[0] + 4 * x[1]] })}\n`;
    }).join('');
  writeFileSync(join(folder, 'clipx.json'), '{}');
  writeFileSync(join(folder, 'source.jsonl'), points(32));
  writeFileSync(join(folder, 'val.jsonl'), points(16));
  writeFileSync(join(folder, 'line.clipx'), content);
  return folder;
}

interface Claims {
  readonly claims: readonly { readonly claim: string; readonly verdict: string; readonly links: readonly { readonly difference: number; readonly leftMean: number; readonly seeds: readonly number[]; readonly standardError: number }[] }[]; // prettier-ignore
}

test('claims are judged by the runs; one that fails makes the exit code 1; study says the same without running', async () => {
  const cwd = project();
  const ran = await clipx(['run', 'line.clipx', '--variants', 'all', '--backend', 'reference', '--json', '--progress', 'none', '--save-study'], { cwd }); // prettier-ignore
  expect(ran.code, ran.stderr).toBe(1);
  const { claims, study } = expectSchema(ran.stdout, 'result') as Claims & { readonly study: Study };
  expect(claims.map(({ claim, verdict }) => `${verdict} ${claim}`)).toEqual([
    'holds error < limit',
    'holds error < error of "none"',
    'holds error at lr = 1e-1 < error at lr = 1e-3 < error of "none"',
    'holds 2 * error ~ error + error within 0.1 %',
    'fails error < 0',
    'holds share <= 1',
  ]);
  // against the numbers of the table: paired by seed, deviation over n − 1, over √n
  const values = (row: string) => (study.rows.find((it) => it.row === row)?.runs ?? []).map((it) => it.values['val.error'] ?? Number.NaN); // prettier-ignore
  const [full, none] = [values('full'), values('none')];
  const differences = full.map((value, index) => (none[index] ?? 0) - value);
  const mean = differences.reduce((sum, it) => sum + it, 0) / 3;
  const deviation = Math.sqrt(differences.reduce((sum, it) => sum + (it - mean) ** 2, 0) / 2);
  const [link] = claims[1]?.links ?? [];
  expect(link?.seeds).toEqual([1, 2, 3]);
  expect(link?.difference).toBeCloseTo(mean, 10);
  expect(link?.standardError).toBeCloseTo(deviation / Math.sqrt(3), 10);
  expect(claims[3]?.links[0]?.leftMean).toBeCloseTo((2 * full.reduce((sum, it) => sum + it, 0)) / 3, 10);

  const folder = join(cwd, 'runs', 'line-study');
  expect(readdirSync(folder).sort()).toEqual(['report.html', 'runs.csv', 'study.json', 'table.csv', 'table.md', 'table.tex']); // prettier-ignore
  expect(readFileSync(join(folder, 'report.html'), 'utf8')).toContain('✘ fails');
  expect(readFileSync(join(folder, 'runs.csv'), 'utf8').trim().split('\n')).toHaveLength(1 + 4 * 3);

  const told = await clipx(['study', 'line.clipx', '--json'], { cwd });
  expect(told.code).toBe(1);
  expect((expectSchema(told.stdout, 'study-result') as Claims).claims).toEqual(claims);
  const latex = await clipx(['study', 'line.clipx', '--table', 'latex'], { cwd });
  expect(latex.stdout).toMatch(/^%.*\n\\begin\{tabular\}\{lrrr\}\n/);
  const words = await clipx(['study', 'line.clipx'], { cwd });
  expect(words.stdout).toMatch(/fails +error < 0\n +\d+\.\d+ against 0\.0+, difference -\d/);

  // a fresh clone has the committed study alone
  rmSync(join(cwd, 'runs'), { recursive: true });
  const committed = await clipx(['study', 'line.clipx', '--json'], { cwd });
  expect(committed.stderr).toContain('from study.json');
  expect((JSON.parse(committed.stdout) as Claims).claims).toEqual(claims);
  expect(existsSync(join(cwd, 'runs', 'line-study'))).toBe(false);
}, 120_000);

test('what was not run is unsure, and it is said which run is wanted', async () => {
  const cwd = project();
  const none = await clipx(['study', 'line.clipx'], { cwd });
  expect(none.code).toBe(0);
  expect(none.stdout).toContain('no run is complete yet');
  const ran = await clipx(['run', 'line.clipx', '--seeds', '1,2', '--backend', 'reference', '--progress', 'none'], { cwd }); // prettier-ignore
  expect(ran.stdout).toMatch(/unsure +error < error of "none"\n +no run of "none" is complete\n/);
  expect(ran.stdout).toMatch(/holds +error < limit\n/);
}, 60_000);
