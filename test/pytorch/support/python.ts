/** The Python that tests of the PyTorch target run: `CLIPX_PYTHON`, or one of the environments of the repository. */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..', '..', '..');

const modules = ['torch', 'numpy', 'PIL', 'safetensors', 'tokenizers', 'ftfy'];

/** The first Python that has all that a package requires, or undefined. */
export function findPython(): string | undefined {
  const { CLIPX_PYTHON: chosen } = process.env;
  const places = chosen === undefined ? ['.venv-oracle', '.venv-bench'].map((name) => join(root, name, 'bin', 'python')) : [chosen]; // prettier-ignore
  return places.find((python) => {
    if (!existsSync(python)) return false;
    return spawnSync(python, ['-c', `import ${modules.join(', ')}`], { encoding: 'utf8' }).status === 0;
  });
}

/** Runs a script of these words and gives what it printed. Throws what it said where it failed. */
export function runPython(python: string, words: readonly string[], cwd = root): string {
  const { status, stdout, stderr } = spawnSync(python, words, {
    cwd,
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
    env: { ...process.env, PYTHONPATH: root, PYTHONDONTWRITEBYTECODE: '1', OMP_NUM_THREADS: '1' },
  });
  if (status !== 0) throw new Error(`python ended with ${status}: ${stderr.slice(-4000)}`);
  return stdout;
}
