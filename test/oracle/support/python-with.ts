import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';

/** A Python that has these modules: of `CLIPX_PYTHON`, or one of the environments that the setups make. Undefined where none has. */
export function pythonWith(...modules: readonly string[]): string | undefined {
  const chosen = process.env['CLIPX_PYTHON'];
  const places = chosen === undefined ? ['.venv-oracle/bin/python', '.venv-bench/bin/python'] : [chosen];
  return places.find((path) => (existsSync(path) || path === chosen) && spawnSync(path, ['-c', `import ${modules.join(', ')}`]).status === 0); // prettier-ignore
}
