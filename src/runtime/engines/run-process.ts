import { spawn } from 'node:child_process';
import process from 'node:process';
import { BackendError } from '../backends/backend-error.ts';

export interface ProcessRequest {
  readonly command: string;
  readonly words: readonly string[];
  readonly cwd: string;
  readonly environment?: NodeJS.ProcessEnv;
  /** Aborted: the process and all that it started are ended. */
  readonly signal?: AbortSignal | undefined;
}

export interface ProcessResult {
  /** Exit code; null where a signal ended it; undefined where there is no such program. */
  readonly code: number | null | undefined;
  readonly output: string;
  /** The end of what it said on stderr. */
  readonly errors: string;
}

/** Runs a program to its end. Throws BackendError `interrupted` once the signal is aborted, and what the system says where it can not start. */
export async function runProcess(request: ProcessRequest): Promise<ProcessResult> {
  refuseInterrupted(request.signal);
  const isWindows = process.platform === 'win32';
  const child = spawn(request.command, request.words, {
    cwd: request.cwd,
    env: request.environment ?? process.env,
    stdio: ['ignore', 'pipe', 'pipe'],
    // A group of its own, to end npm and what npm started together. On Windows npm is a script of the shell.
    detached: !isWindows,
    shell: isWindows && request.command.endsWith('.cmd'),
  });
  const end = (): void => {
    if (child.pid === undefined) return;
    try {
      process.kill(isWindows ? child.pid : -child.pid, 'SIGTERM');
    } catch {
      // It ended by itself.
    }
  };
  request.signal?.addEventListener('abort', end, { once: true });
  let output = '';
  let errors = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    output += chunk;
  });
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    errors = (errors + chunk).slice(-8000);
  });
  try {
    const code = await new Promise<number | null | undefined>((resolve, reject) => {
      child.once('error', (error: NodeJS.ErrnoException) => {
        if (error.code === 'ENOENT') resolve(undefined);
        else reject(error);
      });
      child.once('close', resolve);
    });
    refuseInterrupted(request.signal);
    return { code, output, errors };
  } finally {
    request.signal?.removeEventListener('abort', end);
  }
}

/** Throws BackendError `interrupted` once the signal is aborted. */
export function refuseInterrupted(signal: AbortSignal | undefined): void {
  if (signal?.aborted === true) {
    throw new BackendError(
      'interrupted',
      'world',
      'interrupted; nothing was installed, and files already fetched are kept',
    );
  }
}
