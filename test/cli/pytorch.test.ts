/** `clipx compile --emit pytorch`: what it writes where, and what it asks for. What is in the files, test/compiler/pytorch says. */
import { copyFileSync, existsSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ExitCode } from '../../src/cli/exit-codes.ts';
import { clipx } from './support.ts';

const text = `clipx 1
experiment small "Small"
use "library/losses.clipx" { mse }
axis d = 2
input x : vector(d)
data source = jsonl("source.jsonl") { x: "x" }
trainable module head = linear(d -> d)
loss L = mse(head(x), x)
minimize L
train on source { epochs: 1  batch: 2  optimizer: sgd(lr: 0.1) }
seeds 7
`;

function project(content = text): string {
  const folder = mkdtempSync(join(tmpdir(), 'clipx-pytorch-'));
  writeFileSync(join(folder, 'clipx.json'), '{}');
  writeFileSync(join(folder, 'small.clipx'), content);
  writeFileSync(join(folder, 'source.jsonl'), '{"x": [1, 2]}\n{"x": [3, 4]}\n');
  return folder;
}

const compile = (cwd: string, ...words: string[]) => clipx(['compile', 'small.clipx', '--emit', 'pytorch', ...words], { cwd }); // prettier-ignore

describe('compile --emit pytorch', () => {
  it('writes a package with the weights of the first seed, the runtime, and no tower that it does not need', async () => {
    const cwd = project();
    const { code, stderr } = await compile(cwd, '-o', 'out');
    expect([code, stderr]).toEqual([ExitCode.done, '']);
    const there = ['__init__.py', 'model.py', 'losses.py', 'objective.py', 'functions.py', 'train.py', 'runtime/distributed.py', 'program.json', 'feeds.json']; // prettier-ignore
    expect(there.filter((name) => !existsSync(join(cwd, 'out', name)))).toEqual([]);
    expect(existsSync(join(cwd, 'out', 'resnet.py'))).toBe(false);
    const weights = readFileSync(join(cwd, 'out/weights/initial.safetensors'));
    expect(weights.toString('latin1')).toContain('"seed":"7"');
    const { code: again } = await compile(cwd, '-o', 'other', '--seed', '8');
    expect(again).toBe(ExitCode.done);
    expect(readFileSync(join(cwd, 'other/weights/initial.safetensors')).equals(weights)).toBe(false);
  });

  it('asks for a folder that Python can call', async () => {
    const cwd = project();
    expect((await compile(cwd)).stderr).toContain('say where to with -o');
    expect((await compile(cwd, '-o', 'my-out')).stderr).toContain('`my-out` is no name of a Python package');
    expect((await compile(cwd, '-o', 'out', '--no-data')).stderr).toContain('needs the words and counts of its data');
    expect((await compile(cwd, '-o', 'out', '--seed', 'x')).stderr).toContain('--seed is a whole number');
  });

  it('writes nothing where the file has what PyTorch does not get, and says all of it at once', async () => {
    const product = (y: string): string => `mean(prod(only(head(x), ${y}), over: d))`;
    const cwd = project(text.replace('loss L = mse(head(x), x)', `loss L = ${product('x > 0')} + ${product('x < 0')}`));
    const { code, stderr } = await compile(cwd, '-o', 'out');
    expect(code).toBe(ExitCode.input);
    expect(stderr.match(/error\[CX0001\]: `prod` of what a mask leaves is not written for PyTorch yet/g)).toHaveLength(
      2,
    );
    expect(existsSync(join(cwd, 'out'))).toBe(false);
  });

  it('asks for what reads Parquet where there are such data, and only there', async () => {
    const cwd = project(text);
    await compile(cwd, '-o', 'out');
    expect(readFileSync(join(cwd, 'out/requirements.txt'), 'utf8')).not.toContain('pyarrow');
    const other = project(
      text
        .replace(/jsonl\("[^"]*"\) \{[^}]*\}/, 'parquet("data.parquet") { x: "vector" }')
        .replace('axis d = 2', 'axis d = 3'),
    );
    copyFileSync('test/oracles/parquet/table.parquet', join(other, 'data.parquet'));
    const { stderr } = await compile(other, '-o', 'out');
    expect(stderr).toBe('');
    expect(readFileSync(join(other, 'out/requirements.txt'), 'utf8')).toMatch(/^pyarrow==/m);
  });
});
