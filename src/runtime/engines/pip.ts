import process from 'node:process';
import { BackendError } from '../backends/backend-error.ts';
import { runProcess } from './run-process.ts';
import { fetchFailure } from './tool-errors.ts';

/** A way to call pip: a program and its first words. */
export type Pip = readonly [command: string, ...words: string[]];

/** The first pip that answers. Any version of Python will do: only the files of the wheel are used. Throws BackendError `tool-missing`. */
export async function findPip(signal: AbortSignal | undefined): Promise<Pip> {
  const named = process.env['PYTHON'];
  const ways: readonly Pip[] = [
    ...(named === undefined || named === '' ? [] : [[named, '-m', 'pip'] as const]),
    ['python3', '-m', 'pip'],
    ['python', '-m', 'pip'],
    ['pip3'],
    ['pip'],
  ];
  let hasPython = false;
  for (const way of ways) {
    const [command, ...words] = way;
    const { code } = await runProcess({ command, words: [...words, '--version'], cwd: process.cwd(), signal });
    if (code === 0) return way;
    hasPython ||= code !== undefined && words.length > 0;
  }
  throw new BackendError(
    'tool-missing',
    'world',
    hasPython ? 'Python is there, but pip is not' : 'there is no Python with pip on PATH',
    {
      help: 'pip fetches the wheel that holds libtensorflow: install it (`apt install python3-pip`), name a Python that has it by PYTHON, or give a folder that has the files with `--from FOLDER`.',
    },
  );
}

/** Puts the wheel `name==version` for Linux on x64 into a folder, whatever the Python that pip runs on. Throws BackendError. */
export async function pipWheel(
  [command, ...words]: Pip,
  request: string,
  folder: string,
  signal: AbortSignal | undefined,
): Promise<void> {
  const { code, output, errors } = await runProcess({
    command,
    words: [
      ...words,
      'download',
      '--quiet',
      '--no-deps',
      '--only-binary=:all:',
      '--python-version=3.11',
      '--platform=manylinux2014_x86_64',
      `--dest=${folder}`,
      request,
    ],
    cwd: folder,
    // Where it writes while it fetches: seen by the progress bar, gone with the folder.
    environment: { ...process.env, TMPDIR: folder, PIP_DISABLE_PIP_VERSION_CHECK: '1' },
    signal,
  });
  if (code === 0) return;
  const own = errors.split('\n').filter((line) => line.startsWith('ERROR: '));
  const reason = own.at(-1)?.slice('ERROR: '.length) ?? `pip ended with ${code}`;
  throw fetchFailure('pip', request, `${output}\n${errors}`, reason);
}
