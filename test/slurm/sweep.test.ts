import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { missingPrograms, startCluster, type Cluster } from './cluster.ts';

const missing = missingPrograms();
if (missing.length > 0)
  console.warn(`a sweep by Slurm is SKIPPED: this machine lacks ${missing.join(', ')} (apt-get install slurmctld slurmd slurm-client munge)`); // prettier-ignore

const root = join(import.meta.dirname, '..', '..');
const folder = mkdtempSync(join(tmpdir(), 'clipx-slurm-'));

const source = `clipx 1

experiment small "Small"

axis xyz = 3
input x: vector(xyz)

data points = jsonl("points.jsonl") { x: "x" }

trainable module M = linear(xyz -> xyz)

const k = 1.0

loss L = mean(sum((M(x) - k * x)^2, over: xyz))

minimize L

train on points {
  steps: 3
  batch: 2
  optimizer: sgd(lr: 0.1)
}

evaluate on points {
  metric off = mean(sum((M(x) - k * x)^2, over: xyz))
}

ablate sizes {
  "half, and no more": k = 0.5
}
seeds 1..2
`;

describe.skipIf(missing.length > 0)('a sweep by Slurm', () => {
  let cluster: Cluster | undefined;
  beforeAll(async () => {
    cluster = await startCluster();
    writeFileSync(join(folder, 'clipx.json'), '{}');
    writeFileSync(join(folder, 'small.clipx'), source);
    writeFileSync(join(folder, 'points.jsonl'), '{"x":[1,2,3]}\n{"x":[0,1,0]}\n{"x":[2,1,0]}\n');
  });
  afterAll(async () => {
    await cluster?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  const call = (program: string, words: readonly string[]): { readonly stdout: string; readonly stderr: string; readonly status: number | null } =>
    spawnSync(program, words, { cwd: folder, encoding: 'utf8', env: { ...process.env, ...cluster?.variables } }); // prettier-ignore
  const clipx = (...words: readonly string[]): ReturnType<typeof call> => call(process.execPath, [join(root, 'bin', 'clipx.js'), ...words]); // prettier-ignore

  test('runs a task for each row and seed, and clipx study reads what they left', async () => {
    const submitted = clipx('sweep', '--on', 'slurm', 'small.clipx', '--sbatch', '--cpus-per-task=1', '--submit');
    expect(submitted.stderr).toMatch(/job \d+: 4 tasks/);
    for (let waited = 0; waited < 300 && call('squeue', ['-h']).stdout.trim() !== ''; waited++)
      await new Promise((resolve) => void setTimeout(resolve, 1000));
    const logs = join(folder, 'runs', 'small-slurm');
    const said = readdirSync(logs).filter((name) => name.endsWith('.log')).map((name) => readFileSync(join(logs, name), 'utf8')); // prettier-ignore
    expect(said).toHaveLength(4);
    for (const text of said) expect(text).toContain('complete after 3 steps');
    const { cells } = JSON.parse(clipx('study', 'small.clipx', '--json').stdout) as { readonly cells: readonly { readonly row: string; readonly seed: number; readonly status: string }[] }; // prettier-ignore
    expect(cells.map(({ row, seed, status }) => [row, seed, status])).toEqual([
      ['full', 1, 'complete'],
      ['full', 2, 'complete'],
      ['half, and no more', 1, 'complete'],
      ['half, and no more', 2, 'complete'],
    ]);
    // nothing is left to do
    expect(clipx('sweep', '--on', 'slurm', 'small.clipx').stderr).toContain('4 of 4 runs are complete');
  });
});
