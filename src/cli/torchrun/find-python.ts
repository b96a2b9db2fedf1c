import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../../runtime/package-root.ts';
import { RunError } from '../../runtime/run-error.ts';

/** What a package imports: `pytorch/requirements.txt`. */
const modules = ['torch', 'numpy', 'PIL', 'safetensors', 'tokenizers', 'ftfy'];

/** Environments that `npm run oracle:setup` and `npm run bench:setup` make. */
const environments = ['.venv-oracle', '.venv-bench', '.venv'];

/**
 * A Python that has all a package requires: the one that CLIPX_PYTHON names, or one of an environment in the project, or `python3` as the shell
 * finds it. Throws RunError CX8263 saying what each of them lacks.
 */
export function findPython(projectRoot: string, variables: Readonly<Record<string, string | undefined>>): string {
  const { CLIPX_PYTHON: chosen } = variables;
  const roots = [...new Set([projectRoot, packageRoot()])];
  const inProject = roots.flatMap((root) => environments.map((name) => join(root, name, 'bin', 'python'))).filter((path) => existsSync(path)); // prettier-ignore
  const candidates = chosen === undefined || chosen === '' ? [...inProject, 'python3'] : [chosen];
  const faults: string[] = [];
  for (const python of candidates) {
    const lacks = lackOf(python, variables);
    if (lacks === undefined) return python;
    faults.push(`${python}: ${lacks}`);
  }
  throw new RunError('world', 'CX8263', `there is no Python with PyTorch: ${faults.join('; ')}`, {
    help: `\`python3 -m pip install -r ${join(packageRoot(), 'pytorch', 'requirements.txt')}\`, and let CLIPX_PYTHON name that Python`,
  });
}

/** What keeps a Python from running a package, or undefined. */
function lackOf(python: string, variables: Readonly<Record<string, string | undefined>>): string | undefined {
  const script = `import importlib.util as u; print(*[m for m in ${JSON.stringify(modules)} if u.find_spec(m) is None])`;
  const { status, stdout, stderr, error } = spawnSync(python, ['-c', script], { encoding: 'utf8', env: { ...variables }, timeout: 60_000 }); // prettier-ignore
  if (error !== undefined) return 'code' in error && error.code === 'ENOENT' ? 'there is no such program' : error.message;
  if (status !== 0) return stderr.trim().split('\n').at(-1) ?? `it ended with ${status}`;
  const missing = stdout.trim();
  return missing === '' ? undefined : `lacks ${missing.split(' ').join(', ')}`;
} // prettier-ignore
