/** Rows with declarations, sweeps and stages from the command line. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { expectSchema } from './fits-schema.ts';
import { lineModel, pointLines } from './line-through-points.ts';
import { clipx, newFolder } from './support.ts';

const base = `clipx 1

${lineModel}

loss L_fit = mean((ŷ - y)^2)
minimize L_fit

train on source { steps: 8  batch: 8  optimizer: adam(lr: 1e-2) }
evaluate on val { metric error = mean((ŷ - y)^2) }
seeds 1..9
`;

const text = `clipx 1

extends "base.clipx"
experiment line "A line through points"

set train.steps = 4
loss L_size = mean(ŷ^2)
weight λ = 0.01
minimize L_fit + λ * L_size

ablate parts {
  "two layers": { trainable module F = mlp(xy -> hidden(3) -> xy) }
  "no size":    { remove L_size, λ  minimize L_fit }
}
sweep { λ: [0, 10] } keep min(error on val)
seeds 1..2
expect error < error at λ = 10
figure courses = curve(L_fit, L_size, error)
`;

function project(content = text): string {
  const folder = newFolder('variants');
  writeFileSync(join(folder, 'clipx.json'), '{}');
  writeFileSync(join(folder, 'source.jsonl'), pointLines(32));
  writeFileSync(join(folder, 'val.jsonl'), pointLines(16));
  writeFileSync(join(folder, 'base.clipx'), base);
  writeFileSync(join(folder, 'line.clipx'), content);
  return folder;
}

test('rows, points and what extends a base are checked, planned and run; a sweep keeps its best point', async () => {
  const cwd = project();
  expect((await clipx(['check', 'line.clipx'], { cwd })).code).toBe(0);
  const plan = await clipx(['plan', 'line.clipx', '--variants', 'two layers', '--json'], { cwd });
  expect((JSON.parse(plan.stdout) as { trainable: { count: number } }).trainable.count).toBe(2 * 3 + 3 + 3 * 2 + 2);
  const ran = await clipx(['run', 'line.clipx', '--variants', 'all', '--seeds', '2', '--save-study', '--backend', 'reference'], { cwd }); // prettier-ignore
  expect(ran.code, ran.stderr).toBe(0);
  const study = JSON.parse(readFileSync(join(cwd, 'study.json'), 'utf8')) as {
    rows: { row: string; runs: unknown[] }[];
    kept: { row: string; metric: string }[];
  };
  expectSchema(JSON.stringify(study), 'study');
  expect(study.rows.map(({ row, runs }) => [row, runs.length])).toEqual([['full', 1], ['two layers', 1], ['no size', 1], ['λ = 0', 1], ['λ = 10', 1]]); // prettier-ignore
  expect(study.kept).toMatchObject([{ row: 'λ = 0', metric: 'val.error', direction: 'min' }]);
  const [full = ''] = readdirSync(join(cwd, 'runs')).filter((name) => name.startsWith('line-full'));
  const svg = readFileSync(join(cwd, 'runs', full, 'figures', 'courses.svg'), 'utf8');
  // the metric is measured once, at the end: no curve
  expect(svg).toContain('L_fit, L_size over the steps');
  expect(ran.stdout).toContain('sweep sweep keeps "λ = 0": min val.error');
}, 180_000);

test('labels that hold commas are chosen', async () => {
  const two = text.replace('sweep { λ: [0, 10] }', 'sweep { λ: [0, 10]  train.batch: [4, 8] }').replace('expect error < error at λ = 10\n', ''); // prettier-ignore
  const cwd = project(two);
  const ran = await clipx(['run', 'line.clipx', '--variants', 'no size, λ = 10, train.batch = 4', '--backend', 'reference', '--json'], { cwd }); // prettier-ignore
  expect(ran.code, ran.stderr).toBe(0);
  expect((JSON.parse(ran.stdout) as { runs: { row: string }[] }).runs.map(({ row }) => row)).toEqual(['no size', 'λ = 10, train.batch = 4']); // prettier-ignore
});

test('stages are told by plan, explain and diff', async () => {
  const staged = text.replace(/ablate[\s\S]*/, '').replace('minimize L_fit + λ * L_size', `
trainable module G = linear(xy -> xy)
loss L_on = mean((G(ŷ) - y)^2)
remove minimize, train
stage fit {
  minimize L_fit + λ * L_size
  train on source { steps: 3  batch: 8  optimizer: adam(lr: 1e-2) }
}
stage on after fit {
  trainable G
  minimize L_on
  train on source { steps: 2  batch: 8  optimizer: sgd(lr: 1e-2) }
}`).replace('set train.steps = 4\n', ''); // prettier-ignore
  const cwd = project(staged);
  const checked = await clipx(['check', 'line.clipx'], { cwd });
  expect(checked.stderr + checked.stdout).toContain('no errors');
  const plan = await clipx(['plan', 'line.clipx'], { cwd });
  expect(plan.code, plan.stderr).toBe(0);
  expect(plan.stdout).toContain('stage fit: 3 steps');
  expect(plan.stdout).toContain('stage on after fit: 2 steps');
  const explained = await clipx(['explain', 'line.clipx'], { cwd });
  expect(explained.code, explained.stderr).toBe(0);
  expect(explained.stdout).toContain('stage on after fit');
  writeFileSync(join(cwd, 'other.clipx'), staged.replace('steps: 2  batch: 8', 'steps: 5  batch: 8').replace('weight λ = 0.01', 'weight λ = 0.02')); // prettier-ignore
  const diff = await clipx(['diff', 'line.clipx', 'other.clipx'], { cwd });
  expect(diff.stdout).toContain('2 steps → 5 steps');
  expect(diff.stdout).toContain('λ');
});
