// Makes .venv-bench/: the PyTorch and the Pillow that `npm run bench` measures against. CLIPX_BENCH_PYTHON points it to another one.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { join } from 'node:path';

const root = fileURLToPath(new URL('..', import.meta.url));
const folder = join(root, '.venv-bench');
const python = join(folder, process.platform === 'win32' ? 'Scripts/python.exe' : 'bin/python');

run(process.env.PYTHON ?? 'python3', ['-m', 'venv', folder]);
run(python, ['-m', 'pip', 'install', 'torch==2.13.0', 'numpy', 'pillow==13.0.0']);

function run(command, args) {
  const { status, error } = spawnSync(command, args, { stdio: 'inherit' });
  if (status === 0) return;
  process.stderr.write(`${command} ${args.join(' ')}: ${error?.message ?? `status ${status}`}\n`);
  process.exit(1);
}
