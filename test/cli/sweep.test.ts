import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { ExitCode } from '../../src/cli/exit-codes.ts';
import { arrayScript } from '../../src/cli/slurm/array-script.ts';
import { clipx, newFolder } from './support.ts';

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
  steps: 2
  batch: 2
  optimizer: sgd(lr: 0.1)
}

ablate sizes {
  "it's half, say": k = 0.5
  "none":           k = 0
}
seeds 1..2
`;

function project(): string {
  const folder = newFolder('sweep');
  writeFileSync(join(folder, 'clipx.json'), '{}');
  writeFileSync(join(folder, 'small.clipx'), source);
  writeFileSync(join(folder, 'points.jsonl'), '{"x":[1,2,3]}\n{"x":[0,1,0]}\n');
  return folder;
}

/** Runs one task of the script by the shell; `clipx` of the script says its words. */
function task(script: string, number: string): string[] {
  const { stdout, stderr, status } = spawnSync('bash', ['-c', script], { encoding: 'utf8', env: { ...process.env, SLURM_ARRAY_TASK_ID: number } }); // prettier-ignore
  expect(stderr).toBe('');
  expect(status).toBe(0);
  return stdout.split('\n').slice(0, -1);
}

describe('an array script', () => {
  const cells = [
    { row: 'full', seed: 1 },
    { row: `it's "half", $HOME & \`say\``, seed: 12 },
  ];
  const job = { name: 'x', cells, clipx: ['printf', '%s\\n'], file: 'a file.clipx', cwd: '/here', logs: '/logs', flags: ['--on', 'torchrun:2'], options: ['--comment=two words'] }; // prettier-ignore

  test('gives each task its row and seed, whatever stands in them', () => {
    const words = (row: string, seed: number): string[] => ['run', 'a file.clipx', '--variants', row, '--seeds', String(seed), '--progress', 'plain', '--no-input', '--on', 'torchrun:2']; // prettier-ignore
    cells.forEach(({ row, seed }, at) => expect(task(arrayScript(job), String(at))).toEqual(words(row, seed)));
  });

  test('tells sbatch its name, its tasks and what is asked for', () => {
    const lines = arrayScript(job).split('\n').filter((line) => line.startsWith('#SBATCH')); // prettier-ignore
    expect(lines).toEqual([
      '#SBATCH --job-name=x',
      '#SBATCH --array=0-1',
      '#SBATCH --chdir=/here',
      '#SBATCH --output=/logs/%A_%a.log',
      '#SBATCH "--comment=two words"',
    ]);
  });
});

describe('clipx sweep --on slurm', () => {
  test('writes a task for each row and seed that is missing, and begins nothing', async () => {
    const cwd = project();
    const { code, stdout, stderr } = await clipx(['sweep', '--on', 'slurm', 'small.clipx'], { cwd });
    expect(stderr).toContain('6 tasks, not begun');
    expect(code).toBe(ExitCode.done);
    expect(stdout.trim()).toBe('runs/small-slurm/sweep.sbatch');
    const script = readFileSync(join(cwd, stdout.trim()), 'utf8');
    expect(script).toContain('#SBATCH --array=0-5');
    expect(script).toContain("'it'\\''s half, say'");
    expect(script).toContain('seeds=(1 2 1 2 1 2)');
  });

  test('--submit gives it to sbatch; without sbatch it ends with 5', async () => {
    const cwd = project();
    const words = ['sweep', '--on', 'slurm', 'small.clipx', '--variants', 'none', '--sbatch', '--time=1:00', '--submit']; // prettier-ignore
    const absent = await clipx(words, { cwd, variables: { PATH: '/nowhere' } });
    expect(absent.code).toBe(ExitCode.environment);
    expect(absent.stderr).toContain('sbatch could not be started');
    const tools = join(cwd, 'tools');
    mkdirSync(tools);
    writeFileSync(
      join(tools, 'sbatch'),
      '#!/bin/sh\n[ "$1" = --parsable ] && grep -q -- "--time=1:00" "$2" && echo 41\n',
    );
    chmodSync(join(tools, 'sbatch'), 0o755);
    const given = await clipx(words, { cwd, variables: { PATH: `${tools}:${process.env['PATH'] ?? ''}` } });
    expect(given.stderr).toContain('job 41: 2 tasks');
    expect(given.code).toBe(ExitCode.done);
  });

  test('options that are none are refused', async () => {
    const { code, stderr } = await clipx(['sweep', '--on', 'slurm', 'small.clipx', '--sbatch', 'rm -rf'], { cwd: project() }); // prettier-ignore
    expect(code).toBe(ExitCode.usage);
    expect(stderr).toContain('expected an option of sbatch');
    expect((await clipx(['sweep', 'small.clipx'], { cwd: project() })).code).toBe(ExitCode.usage);
  });
});
