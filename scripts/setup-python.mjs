// node scripts/setup-python.mjs FOLDER ARGUMENTS: makes a virtual environment of Python there (PYTHON names the interpreter) and lets its
// pip install what the arguments say. Ends with 5 where this machine lacks something: Python, pip, the network.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { join } from 'node:path';

const root = fileURLToPath(new URL('..', import.meta.url));
const [name, ...wanted] = process.argv.slice(2);
if (name === undefined || wanted.length === 0) {
  process.stderr.write('node scripts/setup-python.mjs FOLDER PACKAGE…\n');
  process.exit(2);
}
const folder = join(root, name);
const python = join(folder, process.platform === 'win32' ? 'Scripts/python.exe' : 'bin/python');

run(process.env.PYTHON ?? 'python3', ['-m', 'venv', folder]);
run(python, ['-m', 'pip', 'install', '--disable-pip-version-check', ...wanted]);

function run(command, args) {
  const { status, error } = spawnSync(command, args, { stdio: 'inherit', cwd: root });
  if (status === 0) return;
  process.stderr.write(`${command} ${args.join(' ')}: ${error?.message ?? `status ${status}`}\n`);
  process.exit(5);
}
