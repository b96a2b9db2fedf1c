import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import process from 'node:process';
import { BackendError } from '../backends/backend-error.ts';
import type { Build } from './recipe.ts';
import { runProcess } from './run-process.ts';

export interface Compiler {
  readonly command: string;
  /** Its first line about itself. */
  readonly version: string;
}

/** The first C++ compiler that answers. Throws BackendError `tool-missing`. */
export async function findCompiler(signal: AbortSignal | undefined): Promise<Compiler> {
  const named = process.env['CXX'];
  for (const command of [...(named === undefined || named === '' ? [] : [named]), 'c++', 'g++', 'clang++']) {
    const { code, output } = await runProcess({ command, words: ['--version'], cwd: process.cwd(), signal });
    if (code === 0) return { command, version: output.split('\n')[0] ?? command };
  }
  throw new BackendError('tool-missing', 'world', 'there is no C++ compiler on PATH (c++, g++ or clang++)', {
    help: 'It compiles two files of the addon: install one (`apt install g++`), or name yours by CXX.',
  });
}

/** Compiles and links the addon, in some five seconds. Throws BackendError `build-failed` with the compiler's first errors. */
export async function buildAddon(
  build: Build,
  folder: string,
  compiler: Compiler,
  signal: AbortSignal | undefined,
): Promise<void> {
  await mkdir(dirname(join(folder, build.output)), { recursive: true });
  const { code, errors } = await runProcess({
    command: compiler.command,
    words: [
      '-std=c++17',
      '-O2',
      '-fPIC',
      '-shared',
      '-pthread',
      ...build.defines.map((name) => `-D${name}`),
      ...build.includes.map((path) => `-I${path}`),
      ...build.sources,
      `-L${build.libraryFolder}`,
      ...build.libraries.map((name) => `-l${name}`),
      `-Wl,-rpath,${build.runPath}`,
      '-o',
      build.output,
    ],
    cwd: folder,
    signal,
  });
  if (code === 0) return;
  const told = errors.split('\n').filter((line) => /error|undefined reference|cannot find/i.test(line));
  const reason = told.slice(0, 3).join(' · ') || `${compiler.command} ended with ${code}`;
  throw new BackendError('build-failed', 'world', `the addon does not compile: ${reason}`, {
    help: `The compiler was ${compiler.version}; another one can be named by CXX. It needs C++17 and the headers of its standard library.`,
  });
}
