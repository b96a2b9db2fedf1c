// Makes .venv-oracle/: the Python of `npm run test:oracle` and of `clipx run --on torchrun`. CLIPX_PYTHON points them to another one.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { join } from 'node:path';

const root = fileURLToPath(new URL('..', import.meta.url));
const folder = join(root, '.venv-oracle');
const python = join(folder, process.platform === 'win32' ? 'Scripts/python.exe' : 'bin/python');

run(process.env.PYTHON ?? 'python3', ['-m', 'venv', folder]);
run(python, [
  '-m',
  'pip',
  'install',
  '-r',
  join(root, 'pytorch', 'requirements.txt'),
  'ruff==0.17.6',
  'onnxruntime==1.30.0',
]);

function run(command, args) {
  const { status, error } = spawnSync(command, args, { stdio: 'inherit' });
  if (status === 0) return;
  process.stderr.write(`${command} ${args.join(' ')}: ${error?.message ?? `status ${status}`}\n`);
  process.exit(1);
}
