import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { ExitCode } from '../../src/cli/exit-codes.ts';
import { processesOf } from '../../src/cli/torchrun/run-on-torchrun.ts';
import { clipx, newFolder } from './support.ts';

const source = `clipx 1

experiment small "Small"

input x: vector(3)
axis xyz = 3

data points = jsonl("points.jsonl") { x: "x" }

trainable module M = linear(xyz -> xyz)

loss L = mean(sum((M(x) - x)^2, over: xyz))

minimize L

train on points {
  steps: 2
  batch: 2
  optimizer: sgd(lr: 0.1)
}
`.replace('vector(3)\naxis xyz = 3', 'vector(xyz)').replace('experiment small "Small"\n', 'experiment small "Small"\n\naxis xyz = 3'); // prettier-ignore

function project(): string {
  const folder = newFolder('torchrun');
  writeFileSync(join(folder, 'clipx.json'), '{}');
  writeFileSync(join(folder, 'small.clipx'), source);
  writeFileSync(join(folder, 'points.jsonl'), '{"x":[1,2,3]}\n{"x":[0,1,0]}\n');
  return folder;
}

describe('clipx run --on torchrun', () => {
  test('takes a number of processes', () => {
    expect(['torchrun', 'torchrun:1', 'torchrun:8'].map(processesOf)).toEqual([1, 1, 8]);
    for (const wrong of ['torchrun:0', 'torchrun:x', 'slurm', 'torchrun:']) expect(() => processesOf(wrong)).toThrow('expected torchrun'); // prettier-ignore
  });

  test('a place that is none is an error of the call, told before anything is read', async () => {
    const { code, stderr } = await clipx(['run', 'nowhere.clipx', '--on', 'moon'], { cwd: project() });
    expect(code).toBe(ExitCode.usage);
    expect(stderr).toContain('--on is "moon", expected torchrun or torchrun:<processes>');
  });

  test('a machine without Python, or with one that lacks PyTorch, ends with 5 and says what to install', async () => {
    const cwd = project();
    const absent = await clipx(['run', 'small.clipx', '--on', 'torchrun'], { cwd, variables: { CLIPX_PYTHON: '/nowhere/python' } }); // prettier-ignore
    expect(absent.stderr).toContain('CX8263');
    expect(absent.stderr).toContain('/nowhere/python: there is no such program');
    expect(absent.stderr).toContain('requirements.txt');
    expect(absent.code).toBe(ExitCode.environment);
    const bare = join(cwd, 'python');
    writeFileSync(bare, '#!/bin/sh\necho torch ftfy\n', { mode: 0o755 });
    const lacking = await clipx(['run', 'small.clipx', '--on', 'torchrun'], { cwd, variables: { CLIPX_PYTHON: bare } });
    expect(lacking.stderr).toContain('lacks torch, ftfy');
    expect(lacking.code).toBe(ExitCode.environment);
  });

  test('a Python that dies leaves a run that failed, with its last words', async () => {
    const cwd = project();
    const dying = join(cwd, 'python');
    writeFileSync(dying, '#!/bin/sh\ncase "$1" in -c) exit 0;; esac\necho "Illegal instruction" >&2\nexit 132\n', { mode: 0o755 }); // prettier-ignore
    mkdirSync(join(cwd, 'runs'));
    const { code, stderr, stdout } = await clipx(['run', 'small.clipx', '--on', 'torchrun'], { cwd, variables: { CLIPX_PYTHON: dying } }); // prettier-ignore
    expect(code).toBe(ExitCode.environment);
    expect(`${stderr}${stdout}`).toContain('Illegal instruction');
    const [folder = ''] = readdirSync(join(cwd, 'runs'));
    expect(readdirSync(join(cwd, 'runs', folder, 'package'))).toContain('train.py');
  });
});
