import process from 'node:process';
import { BackendError } from '../backends/backend-error.ts';
import { runProcess } from './run-process.ts';
import { fetchFailure } from './tool-errors.ts';

/** What a person sets for all of npm, and an outer npm hands down. The rest is of the outer command and would misguide this one. */
const keptSettings =
  /^npm_config_(registry|userconfig|globalconfig|cache|(https?_?)?proxy|https-proxy|noproxy|ca|cafile|cert|key|strict[-_]ssl|fetch[-_].*|\/\/.*|@.*)$/i;

/** Puts the tarball of `name@version` into a folder. Runs none of its scripts. Throws BackendError. */
export async function npmTarball(request: string, folder: string, signal: AbortSignal | undefined): Promise<void> {
  const environment = Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^npm_/i.test(name) || keptSettings.test(name)),
  );
  const { code, errors } = await runProcess({
    command: process.platform === 'win32' ? 'npm.cmd' : 'npm',
    words: ['pack', '--ignore-scripts', '--loglevel=error', request],
    cwd: folder,
    environment,
    signal,
  });
  if (code === 0) return;
  if (code === undefined) {
    throw new BackendError('tool-missing', 'world', 'there is no npm on PATH', {
      help: 'npm comes with Node; put its folder on PATH, or give a folder that has the files with `--from FOLDER`.',
    });
  }
  const own = errors.split('\n').filter((line) => line.startsWith('npm error'));
  const reason = own.slice(0, 4).map((line) => line.slice('npm error'.length).trim());
  throw fetchFailure('npm', request, errors, reason.join(' ') || `npm ended with ${code}`);
}
